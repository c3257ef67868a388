import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tf } from '../../src/engine/tf';
import { resolveConfig } from '../../src/config/load';
import { prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { trainLoop } from '../../src/train/loop';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { resolveRun } from '../../src/runs/resumed-config';
import { drawnDataset } from '../support/drawn-dataset';
import { PREPARE } from '../support/prepare';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

const SMALL = {
  image_size: '16',
  width: '0.1',
  batch_size: '2',
  allow_untrained: true,
  log_every: '1',
};

test('the number of live tensors does not grow with the steps', async () => {
  const home = newFolder();
  const out = path.join(home, 'data');
  const source = await syntheticSource(path.join(out, 'images'), { people: 8, seed: 1 });
  await prepareDataset(source, { ...PREPARE, out });
  /** Tensors that a run of so many steps leaves: its networks. */
  const leftBy = async (steps: string): Promise<number> => {
    const { config } = resolveConfig('train', {
      ...SMALL,
      fea_layer_name: 'conv3',
      log_every: '2',
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

test('a picture that is found cut off in the middle: the steps before are saved, and the run goes on when its lines are removed', async () => {
  const home = newFolder();
  const { directory: data, rootFolder } = await drawnDataset(home, 10);
  const [name = ''] = readFileSync(path.join(data, 'train.txt'), 'utf8').split(/ \d+\n/);
  const picture = path.join(rootFolder, name);
  writeFileSync(picture, readFileSync(picture).subarray(0, 200));
  const train = async (flags: Readonly<Record<string, string | boolean>>) => {
    const checkpoint_dir = path.join(home, 'run');
    const { config } = resolveRun('train', { checkpoint_dir, ...flags }, { word: null, paths: [] });
    const filled = await withDataset(config);
    return trainLoop(filled, await openTrainingData(filled));
  };
  const first = { ...SMALL, data, max_steps: '200', fea_loss_weight: '0', age_loss_weight: '0' };
  const message = await train(first).then(
    () => '',
    (error: unknown) => (error as Error).message,
  );
  const [, step = ''] = /^step (\d+): /.exec(message) ?? [];
  expect(message).toContain(`${picture}: expected a whole picture`);
  expect(message).toContain(`remove its lines from the lists in ${data}; --resume goes on`);
  const saved = Number(step) - 1;
  expect(saved).toBeGreaterThan(0);
  for (const list of readdirSync(data).filter((file) =>
    /^train(_age_group_\d)?\.txt$/.test(file),
  )) {
    const lines = readFileSync(path.join(data, list), 'utf8').split('\n');
    writeFileSync(
      path.join(data, list),
      lines.filter((line) => !line.startsWith(`${name} `)).join('\n'),
    );
  }
  const outcome = await train({ resume: true, max_steps: String(saved + 3) });
  expect(outcome.step).toBe(saved + 3);
  const steps = readFileSync(path.join(home, 'run', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { step: number }).step);
  expect(steps).toEqual(Array.from({ length: saved + 3 }, (_, i) => i + 1));
});
