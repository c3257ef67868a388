// A folder for one run of jest, in which tests of any worker find what another has made: see support/shared-folder.ts.
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

module.exports = () => {
  // workers inherit it
  process.env.IPCGAN_TEST_RUN = mkdtempSync(path.join(tmpdir(), 'ipcgan tests '));
};
