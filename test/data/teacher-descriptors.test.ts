import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Dataset } from '../../src/data/dataset';
import { faceDescriptors } from '../../src/data/teacher-descriptors';
import { sha256Of } from '../../src/files/digest';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const KEPT = 0.5;
let dataset: Dataset;
let computed: Float32Array;
let indexFile = '';

/** First picture's descriptor. */
async function first(): Promise<Float32Array> {
  const descriptors = await faceDescriptors(dataset, (text) => {
    throw new Error(text);
  });
  return [...descriptors.values()][0]!;
}

/** A cache whose every number is KEPT, under an index that says otherwise what `changes` says. */
function writeCache(changes: object): void {
  const file = path.join(dataset.directory, 'face-descriptors.bin');
  const values = new Float32Array(readFileSync(file).length / 4).fill(KEPT);
  const bytes = Buffer.from(values.buffer);
  writeFileSync(file, bytes);
  const index = JSON.parse(readFileSync(indexFile, 'utf8')) as object;
  for (const key of Object.keys(changes)) expect(index).toHaveProperty(key);
  const changed = { ...index, values: sha256Of(bytes), ...changes };
  writeFileSync(indexFile, `${JSON.stringify(changed)}\n`);
}

beforeAll(async () => {
  dataset = await drawnDataset(newFolder(), 1, 'image');
  indexFile = path.join(dataset.directory, 'face-descriptors.json');
  computed = await first();
});

test('descriptors that are kept are used', async () => {
  writeCache({});
  expect(await first()).toEqual(new Float32Array(computed.length).fill(KEPT));
});

test.each([
  ['another version of the network', { network: '@vladmandic/face-api 0.0.1' }],
  ['another rule of cutting faces out', { crop: 'the whole picture' }],
  ['no version at all, as before there was one', { network: undefined, crop: undefined }],
])('descriptors kept by %s are computed again', async (_, changes) => {
  writeCache(changes);
  expect(await first()).toEqual(computed);
});

test('descriptors are computed again where landmarks have changed, by which faces are cut out', async () => {
  writeCache({});
  const file = path.join(dataset.directory, 'manifest.jsonl');
  const [line = '', ...others] = readFileSync(file, 'utf8').split('\n');
  const landmarks = Array.from({ length: 68 }, (_, i) => [100 + 3 * (i % 17), 100 + i]);
  const moved = JSON.stringify({ ...(JSON.parse(line) as object), landmarks });
  writeFileSync(file, [moved, ...others].join('\n'));
  const again = await first();
  expect(again).not.toEqual(new Float32Array(computed.length).fill(KEPT));
  expect(again).not.toEqual(computed);
});
