// What global-setup.js made.
const { rmSync } = require('node:fs');

module.exports = () => rmSync(process.env.IPCGAN_TEST_RUN, { recursive: true, force: true });
