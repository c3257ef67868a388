import path from 'node:path';
import { tf } from '../../src/engine/tf';
import { resolveConfig } from '../../src/config/load';
import { prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { trainLoop } from '../../src/train/loop';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { PREPARE } from '../support/prepare';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('the number of live tensors does not grow with the steps', async () => {
  const home = newFolder();
  const out = path.join(home, 'data');
  const source = await syntheticSource(path.join(out, 'images'), { people: 8, seed: 1 });
  await prepareDataset(source, { ...PREPARE, out });
  /** Tensors that a run of so many steps leaves: its networks. */
  const leftBy = async (steps: string): Promise<number> => {
    const flags = {
      image_size: '16',
      width: '0.1',
      batch_size: '2',
      fea_layer_name: 'conv3',
      allow_untrained: true,
      log_every: '2',
    };
    const { config } = resolveConfig('train', {
      ...flags,
      data: out,
      checkpoint_dir: path.join(home, steps),
      max_steps: steps,
    });
    const filled = await withDataset(config);
    const before = tf.memory().numTensors;
    await trainLoop(filled, await openTrainingData(filled));
    return tf.memory().numTensors - before;
  };
  await leftBy('1');
  expect(await leftBy('6')).toBe(await leftBy('2'));
});
