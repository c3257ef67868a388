import { spawnSync } from 'node:child_process';
import { closeSync, constants, cpSync, openSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { resolveConfig } from '../../src/config/load';
import { trainingBatches } from '../../src/data/labelled-batches';
import { openPretraining } from '../../src/pretrain/open-run';
import { openTrainer } from '../../src/train/open-trainer';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** Pictures that hang when they are opened, as those of a network file system that is away. */
function hang(folder: string): string[] {
  const files = readdirSync(folder).map((name) => path.join(folder, name));
  for (const file of files) {
    rmSync(file);
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
  }
  return files;
}

/** Lets go of whoever waits for them: they end without a byte, and then are gone. */
async function release(files: readonly string[]): Promise<void> {
  const writers = files.map((file) => openSync(file, constants.O_RDWR | constants.O_NONBLOCK));
  for (const file of files) rmSync(file);
  await setTimeout(100);
  writers.forEach(closeSync);
}

/** Lines on stderr from now on, and a promise of the first that matches. */
function listen(wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      if (wanted.test(String(text))) resolve(String(text));
      return true;
    });
  });
}

const WAITING = /^warning: training has waited 1 s for a batch, for \d+ of its pictures, since /;

let data = '';
beforeEach(() => {
  data = path.join(newFolder(), 'data');
  cpSync(kept('data'), data, { recursive: true });
});
afterEach(() => jest.restoreAllMocks());

test('train --loader_timeout says which pictures hang', async () => {
  const trainer = await openTrainer({
    ...{ data, checkpoint_dir: path.join(newFolder(), 'run'), image_size: 16, width: 0.02 },
    ...{ batch_size: 1, fea_loss_weight: 0, age_loss_weight: 0, loader_timeout: 1 },
  });
  const files = hang(path.join(data, 'images'));
  const line = listen(WAITING);
  const step = trainer.trainStep();
  step.catch(() => undefined);
  const said = await line;
  expect(files.some((file) => said.includes(path.basename(file)))).toBe(true);
  await release(files);
  await expect(step).rejects.toThrow('expected a whole picture');
  await trainer.close();
});

test('so does a loader of labelled pictures', async () => {
  const rootFolder = path.join(data, 'images');
  const train = readdirSync(rootFolder).map((name, label) => ({ name, label, age: null }));
  const files = hang(rootFolder);
  const line = listen(WAITING);
  const batches = trainingBatches({ rootFolder, train } as never, {
    ...{ batchSize: 2, seed: 1, isAugmented: false, isBalanced: false, skipped: 0 },
    watch: { seconds: 1, say: (text) => void process.stderr.write(text) },
  });
  const batch = batches.next();
  batch.catch(() => undefined);
  expect(await line).toContain('2 of its pictures');
  await release(files);
  await expect(batch).rejects.toThrow('expected a whole picture');
});

/** Waits for the line about a check that hangs, lets it go on, and gives both. */
async function stalled(files: readonly string[], work: () => Promise<unknown>, wanted: RegExp) {
  const line = listen(wanted);
  const outcome = work().then(
    () => 'done',
    (error: unknown) => String(error),
  );
  // one that ends instead of waiting is told, too
  const said = await Promise.race([line, outcome]);
  await release(files);
  return { said, outcome: await outcome };
}

const CHECKING =
  /^warning: the check of the pictures has waited \d+ s for \d+ pictures, since .*\.jpg/;

test('before it trains, the check of the pictures says which hang', async () => {
  const run = { checkpoint_dir: path.join(newFolder(), 'run'), batch_size: '1' };
  const flags = { data, ...run, loader_timeout: '1' };
  const config = await withDataset(resolveConfig('train', flags).config);
  const files = hang(path.join(data, 'images'));
  const { said, outcome } = await stalled(files, () => openTrainingData(config), CHECKING);
  expect(files.some((file) => said.includes(path.basename(file)))).toBe(true);
  expect(outcome).toContain('expected whole pictures');
});

test('so does that before pretraining', async () => {
  const flags = { task: 'identity', data, run: 'x', loader_timeout: '1' };
  const { config } = resolveConfig('pretrain', flags);
  const files = hang(path.join(data, 'images'));
  const open = () => openPretraining(config, path.join(newFolder(), 'run'));
  const { outcome } = await stalled(files, open, CHECKING);
  expect(outcome).toContain('expected whole pictures');
});
