// Makes a folder of TensorFlow's CUDA build without NVIDIA's libraries, which the GPU that does nothing stands for: a download of 570 MB.
// node bench/fake-gpu/engine.mjs FOLDER   (FOLDER/VERSION-cuda is the ENGINE of the other programs)
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const { TENSORFLOW_VERSION } = require('../../dist/engine/install/versions.js');
const {
  downloadWheel,
  extractWheel,
  readMetadata,
} = require('../../dist/engine/install/download.js');
const { buildAddon } = require('../../dist/engine/install/build-addon.js');
const { buildNativeCode } = require('../../dist/engine/install/native-code.js');

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: engine.mjs FOLDER\n');
  process.exit(2);
}
const engine = path.resolve(folder, `${TENSORFLOW_VERSION}-cuda`);
const work = `${engine}.part`;
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const wheel = await downloadWheel('cuda', work);
await extractWheel(wheel, work);
writeFileSync(path.join(work, 'METADATA'), await readMetadata(wheel));
rmSync(wheel);
await buildAddon(work, path.join(work, 'lib'), path.join(work, 'include'));
rmSync(path.join(work, 'include'), { recursive: true });
const complete = {
  tensorflow: TENSORFLOW_VERSION,
  build: 'cuda',
  installed: new Date().toISOString(),
};
writeFileSync(path.join(work, 'complete.json'), `${JSON.stringify(complete)}\n`);
await buildNativeCode(work);
rmSync(engine, { recursive: true, force: true });
renameSync(work, engine);
process.stdout.write(`${engine}\n`);
