/** @file The page that ages photographs in the browser: its files, and those of the face finder that it loads. */

import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MachineError } from '../errors';
import { faceApiFolder } from '../faces/face-api';

/** Folder of the package: the page is in `web`, built in `web/dist`. */
const PACKAGE = path.resolve(__dirname, '../..');

/** Folder of the generator beside the page. */
export const MODEL_HOME = 'model';

/** What is copied: from the package, and to the page's folder. */
const OWN: readonly (readonly [string, string])[] = [
  ['web/index.html', 'index.html'],
  ['web/style.css', 'style.css'],
  ['web/dist/src', 'app/src'],
  ['web/dist/web', 'app/web'],
  ['demo/astronaut.png', 'sample.png'],
];

/** The same from the package of the face finder, which has TensorFlow.js in its build for browsers. */
const OF_FACE_API: readonly (readonly [string, string])[] = [
  ['dist/face-api.esm.js', 'vendor/face-api.esm.js'],
  ['LICENSE', 'vendor/LICENSE'],
  ...['ssd_mobilenetv1_model', 'face_landmark_68_model'].flatMap((network) =>
    [`${network}.bin`, `${network}-weights_manifest.json`].map(
      (file) => [`model/${file}`, `vendor/networks/${file}`] as const,
    ),
  ),
];

/** Copies everything but the generator. @param folder of the page @throws MachineError where the page was not built */
export async function copyPage(folder: string): Promise<void> {
  const copy = async (from: string, to: string): Promise<void> => {
    const target = path.join(folder, to);
    await mkdir(path.dirname(target), { recursive: true });
    await cp(from, target, { recursive: true }).catch((cause: unknown) => {
      throw new MachineError(
        `--to=web: expected ${from} in the package, got ${String(cause)}. Build it: node scripts/build.mjs.`,
        { cause },
      );
    });
  };
  for (const [from, to] of OWN) await copy(path.join(PACKAGE, from), to);
  for (const [from, to] of OF_FACE_API) await copy(path.join(faceApiFolder(), from), to);
}
