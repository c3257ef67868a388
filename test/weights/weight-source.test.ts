import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tf } from '../../src/engine/tf';
import { saveModel } from '../../src/weights/saved-model';
import { openWeights } from '../../src/weights/weight-source';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

async function saveOne(directory: string, value: number): Promise<void> {
  const model = tf.sequential({
    layers: [tf.layers.dense({ name: 'alexnet/fc6', units: 2, inputShape: [3] })],
  });
  model.setWeights([tf.fill([3, 2], value), tf.zeros([2])]);
  await saveModel(model, directory, { age_bounds: [value] });
}

test('a run means its model/, whatever a killed process or another verb left beside it', async () => {
  const run = newFolder();
  await saveOne(path.join(run, '.model.old'), 1);
  await saveOne(path.join(run, 'alexnet'), 2);
  await saveOne(path.join(run, 'model'), 3);
  mkdirSync(path.join(run, '.model.tmp'));
  writeFileSync(path.join(run, '.model.tmp', 'model.json'), '{');
  const source = await openWeights(run, '--x');
  expect([(await source.read('alexnet/fc6/weights')).values[0], source.ageBounds]).toEqual([
    3,
    [3],
  ]);
});

test('weights with other bytes than were saved are refused', async () => {
  const run = newFolder();
  await saveOne(path.join(run, 'model'), 3);
  cpSync(path.join(run, 'model'), path.join(run, 'copy'), { recursive: true });
  const file = path.join(run, 'copy', 'weights.bin');
  const bytes = readFileSync(file);
  bytes[5] = bytes[5]! ^ 1;
  writeFileSync(file, bytes);
  await expect(openWeights(path.join(run, 'copy'), '--x')).rejects.toThrow(
    /got a weights\.bin with other bytes than were saved\./,
  );
  expect((await openWeights(path.join(run, 'model'), '--x')).names.size).toBe(2);
});

test('a file where a directory is wanted is said to be one, and what to do with an .npz', async () => {
  const run = newFolder();
  await saveOne(path.join(run, 'model'), 3);
  await expect(openWeights(path.join(run, 'model', 'weights.bin'), '--x')).rejects.toThrow(
    /--x: expected a network .*weights\.bin, a file\. Give the directory of the run or the checkpoint\./,
  );
  const arrays = path.join(run, 'alexnet.npz');
  writeFileSync(arrays, '');
  await expect(openWeights(arrays, '--x')).rejects.toThrow(
    /Make one of it: `ipcgan import --from .*alexnet\.npz --to/,
  );
});
