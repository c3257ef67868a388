/** @file The page that ages photographs in the browser: its files, and those of what it computes with. */

import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { MachineError } from '../errors';
import { faceApiFolder } from '../faces/face-api';
import { sha256Of, sha256OfFile } from '../files/digest';
import { writeDurably } from '../files/durable-write';
import { MODEL_CARD } from './write-folder';

/** Folder of the package: the page is in `web`, built in `web/dist`. */
const PACKAGE = path.resolve(__dirname, '../..');

/** Folder of the generator beside the page. */
export const MODEL_HOME = 'model';

/** The page's folder of the package, as it is built, and what answers without a network in it. */
const BUILT = 'web/dist/web/src';
const WORKER = 'service-worker.js';

/** What is copied: from a package, and to the page's folder. */
type Copies = readonly (readonly [string, string])[];

const OWN: Copies = [
  ['web/index.html', 'index.html'],
  ['web/style.css', 'style.css'],
  ['NOTICE', 'vendor/NOTICE'],
  ['web/dist/src', 'app/src'],
  [BUILT, 'app/web/src'],
  ['demo/astronaut.png', 'samples/portrait.png'],
  ['demo/drawn/adra-24.jpg', 'samples/adra.jpg'],
  ['demo/drawn/cira-30.jpg', 'samples/cira.jpg'],
  ['demo/drawn/dovan-25.jpg', 'samples/dovan.jpg'],
];

/** The face finder, which has TensorFlow.js in its build for browsers. */
const OF_FACE_API: Copies = [
  ['dist/face-api.esm.js', 'vendor/face-api.esm.js'],
  ['LICENSE', 'vendor/LICENSE'],
  ...['ssd_mobilenetv1_model', 'face_landmark_68_model'].flatMap((network) =>
    [`${network}.bin`, `${network}-weights_manifest.json`].map(
      (file) => [`model/${file}`, `vendor/networks/${file}`] as const,
    ),
  ),
];

/** TensorFlow.js' arithmetic for processors, with vectors and without. */
const OF_WASM: Copies = ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm.wasm'].map(
  (file) => [`dist/${file}`, `vendor/wasm/${file}`] as const,
);
/** And that for graphics cards, which the page loads where a browser offers WebGPU. */
const OF_WEBGPU: Copies = ['tf-backend-webgpu.es2017.min.js'].map(
  (file) => [`dist/${file}`, `vendor/webgpu/${file}`] as const,
);
const folderOf = (name: string): string => path.dirname(require.resolve(`${name}/package.json`));

/** Copies everything but the generator. @param folder of the page @throws MachineError where the page was not built */
export async function copyPage(folder: string): Promise<void> {
  const copy = async (from: string, to: string): Promise<void> => {
    const target = path.join(folder, to);
    await mkdir(path.dirname(target), { recursive: true });
    const filter = (file: string): boolean => path.basename(file) !== WORKER;
    await cp(from, target, { recursive: true, filter }).catch((cause: unknown) => {
      throw new MachineError(
        `--to=web: expected ${from} in the package, got ${String(cause)}. Build it: node scripts/build.mjs.`,
        { cause },
      );
    });
  };
  for (const [from, to] of OWN) await copy(path.join(PACKAGE, from), to);
  for (const [from, to] of OF_FACE_API) await copy(path.join(faceApiFolder(), from), to);
  for (const [from, to] of OF_WASM)
    await copy(path.join(folderOf('@tensorflow/tfjs-backend-wasm'), from), to);
  for (const [from, to] of OF_WEBGPU)
    await copy(path.join(folderOf('@tensorflow/tfjs-backend-webgpu'), from), to);
}

/** Files of the page, in its folder and those below, in order. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => file !== MODEL_CARD)
    .map((file) => file.split(path.sep).join('/'))
    .sort();
}

/** What answers without a network, with the list of all files that are there and a version that says whether any is another. */
async function writeWorker(folder: string): Promise<void> {
  const files = await filesIn(folder);
  const script = await readFile(path.join(PACKAGE, BUILT, WORKER), 'utf8');
  const digests = await Promise.all(files.map((file) => sha256OfFile(path.join(folder, file))));
  const version = sha256Of(...files, ...digests);
  const page = JSON.stringify({ version, files: ['./', ...files] });
  await writeDurably(path.join(folder, WORKER), `const PAGE = ${page};\n${script}`);
}

/**
 * Writes what needs all other files: the card that the page shows, and what keeps it for offline use.
 * @param folder of the page, with everything else in it
 * @param model where the generator came from: its own card says more than the one that was written for the page
 */
export async function finishPage(folder: string, model: string): Promise<void> {
  const own = path.join(model, MODEL_CARD);
  const card = existsSync(own) ? own : path.join(folder, MODEL_CARD);
  await cp(card, path.join(folder, MODEL_HOME, MODEL_CARD));
  await writeWorker(folder);
}
