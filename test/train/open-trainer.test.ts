import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tf } from '../../src/engine/tf';
import type { LossTerm } from '../../src/losses/term';
import { residualGenerator } from '../../src/models/residual-generator';
import { openTrainer } from '../../src/train/open-trainer';
import type { TrainerSettings } from '../../src/train/open-trainer';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** The settings of the run that 0.1 made. */
const settingsIn = (folder: string): TrainerSettings => ({
  data: kept('data'),
  checkpoint_dir: folder,
  image_size: 16,
  width: 0.02,
  batch_size: 1,
  fea_loss_weight: 0,
  age_loss_weight: 0,
});
const newRun = (): string => path.join(newFolder(), 'run');

/** A term that is computed so often, and then fails. */
const failingAfter = (times: number): LossTerm => {
  let left = times;
  return {
    name: 'own',
    weight: 1,
    description: '',
    compute: ({ fake }) => {
      if (left-- <= 0) throw new Error('the term failed');
      return tf.mean(fake).asScalar();
    },
  };
};

test('its steps are those of the command, and go on from what was saved', async () => {
  const lines = readFileSync(kept('after-4-steps.jsonl'), 'utf8').trim().split('\n');
  const expected = lines.map((line) => (JSON.parse(line) as { d_loss: number }).d_loss);
  const run = newRun();
  const before = tf.memory().numTensors;
  const first = await openTrainer(settingsIn(run));
  const losses = [(await first.trainStep()).d_loss, (await first.trainStep()).d_loss];
  expect(await first.save()).toBe(path.join(run, 'acgan.model-2'));
  await first.close();
  const second = await openTrainer({ checkpoint_dir: run, resume: true });
  expect(second.step).toBe(2);
  losses.push((await second.trainStep()).d_loss, (await second.trainStep()).d_loss);
  await second.close();
  expect(tf.memory().numTensors).toBe(before);
  for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(expected[i]!, 4);
});

/** Every weight of a checkpoint's networks, and the moments, as they lie on the disk. */
const savedBytes = (run: string, step: number): Buffer[] =>
  ['generator/weights.bin', 'generator_average/weights.bin', 'optimizers.bin'].map((name) =>
    readFileSync(path.join(run, `acgan.model-${step}`, name)),
  );

test('a run with an average and a schedule that is stopped and resumed ends as one that is not, to the last bit, and leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  const rates = { learning_rate: 0.01, schedule: 'cosine', warmup_steps: 2 } as const;
  const settings = { ...rates, ema: 0.5, max_steps: 6 };
  const whole = newRun();
  const parted = newRun();
  const first = await openTrainer({ ...settingsIn(whole), ...settings });
  for (let i = 0; i < 6; i++) await first.trainStep();
  await first.save();
  await first.close();
  const second = await openTrainer({ ...settingsIn(parted), ...settings });
  for (let i = 0; i < 2; i++) await second.trainStep();
  await second.save();
  await second.close();
  const third = await openTrainer({ checkpoint_dir: parted, resume: true });
  for (let i = 2; i < 6; i++) await third.trainStep();
  await third.save();
  await third.close();
  expect(savedBytes(parted, 6)).toEqual(savedBytes(whole, 6));
  const [last, average] = savedBytes(whole, 6);
  expect(average).not.toEqual(last);
  expect(tf.memory().numTensors).toBe(before);
  const resumed = { checkpoint_dir: parted, resume: true } as const;
  for (const other of [{ ema: 0.9 }, { schedule: 'linear' }, { warmup_steps: 1 }] as const)
    await expect(openTrainer({ ...resumed, ...other })).rejects.toThrow('as in');
  // more steps stretch the schedule: its rate rises to where the longer one stands
  const ended = await openTrainer(resumed);
  expect(ended.settings.learningRates.generator).toBeCloseTo(0, 12);
  await ended.close();
  const longer = await openTrainer({ ...resumed, max_steps: 10 });
  expect(longer.settings.learningRates.generator).toBeCloseTo(0.005, 12);
  await longer.close();
});

test('what is asked of it is done in turn, and nothing after it is closed', async () => {
  const trainer = await openTrainer(settingsIn(newRun()));
  const asked = [trainer.trainStep(), trainer.trainStep(), trainer.save()] as const;
  const closing = trainer.close();
  const late = trainer.trainStep();
  await expect(late).rejects.toThrow('expected an open run, got one that is closed');
  await Promise.all([...asked, closing, trainer.close()]);
  expect(path.basename(await asked[2])).toBe('acgan.model-2');
});

test('a step that fails counts for nothing, and leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  const trainer = await openTrainer(settingsIn(newRun()), { terms: [failingAfter(1)] });
  expect((await trainer.trainStep()).own_loss).toEqual(expect.any(Number));
  await expect(trainer.trainStep()).rejects.toThrow('the term failed');
  expect(trainer.step).toBe(1);
  await trainer.close();
  expect(tf.memory().numTensors).toBe(before);
});

test('weights that are no numbers are not saved over good ones', async () => {
  const run = newRun();
  const trainer = await openTrainer(settingsIn(run));
  await trainer.trainStep();
  const [weights] = trainer.networks.generator.trainableWeights;
  const variable = weights!.read() as tf.Variable;
  tf.tidy(() => variable.assign(tf.fill(variable.shape, NaN)));
  await expect(trainer.save()).rejects.toThrow('expected finite weights');
  await expect(trainer.trainStep()).rejects.toThrow('expected finite losses');
  expect(existsSync(path.join(run, 'acgan.model-1'))).toBe(false);
  await trainer.close();
});

test('settings that would do nothing are refused, and leave no run and no lock', async () => {
  const run = newRun();
  const dry = { ...settingsIn(run), dry_run: true } as TrainerSettings;
  await expect(openTrainer(dry)).rejects.toThrow('dry_run: expected it with the command alone');
  const term = { ...failingAfter(9), name: 'gan' };
  await expect(
    openTrainer({ ...settingsIn(run), gan_loss_weight: 3 }, { terms: [term] }),
  ).rejects.toThrow("gan_loss_weight: expected it without a part of one's own");
  const generator = { generator: residualGenerator };
  await expect(
    openTrainer({ ...settingsIn(run), generator: 'residual' }, generator),
  ).rejects.toThrow("generator: expected it without a part of one's own");
  const misspelt = { ...settingsIn(run), toString: 1 } as TrainerSettings;
  await expect(openTrainer(misspelt)).rejects.toThrow("expected a known flag, got 'toString'");
  expect(existsSync(run)).toBe(false);
});

const flipBit = (file: string): void => {
  const bytes = readFileSync(file);
  bytes[100] = bytes[100]! ^ 1;
  writeFileSync(file, bytes);
};

describe('a run whose newest checkpoint is damaged goes on from the one before', () => {
  const whole = newRun();
  const inCheckpoint = (run: string, step: number, file: string): string =>
    path.join(run, `acgan.model-${step}`, file);
  const bytesOf = (run: string): Buffer[] =>
    ['generator/weights.bin', 'discriminator/weights.bin', 'optimizers.bin'].map((file) =>
      readFileSync(inCheckpoint(run, 2, file)),
    );

  beforeAll(async () => {
    const trainer = await openTrainer(settingsIn(whole));
    for (let step = 0; step < 2; step++) {
      await trainer.trainStep();
      await trainer.save();
    }
    await trainer.close();
  });

  test.each([
    ['a bit is flipped', 'generator/weights.bin', flipBit],
    ['it is cut off', 'optimizers.bin', (file: string) => writeFileSync(file, 'x')],
    ['a file is gone', 'optimizers.bin', (file: string) => rmSync(file)],
    ['it does not say what it is', 'state.json', (file: string) => rmSync(file)],
    ['a network is empty', 'discriminator/model.json', (file: string) => writeFileSync(file, '')],
  ])('%s', async (_, file, damage) => {
    const run = newRun();
    cpSync(whole, run, { recursive: true });
    damage(inCheckpoint(run, 2, file));
    const said: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    const trainer = await openTrainer({ checkpoint_dir: run, resume: true });
    write.mockRestore();
    expect(trainer.step).toBe(1);
    expect(said[0]).toMatch(/^warning: .*acgan\.model-2.*: expected /);
    expect(said[0]).toContain(path.basename(file));
    expect(said[1]).toMatch(/^resuming at step 1 from .*acgan\.model-1\n$/);
    await trainer.trainStep();
    await trainer.save();
    await trainer.close();
    expect(bytesOf(run)).toEqual(bytesOf(whole));
  });

  test('where none is intact, that is an error, and nothing is removed', async () => {
    const run = newRun();
    cpSync(whole, run, { recursive: true });
    for (const step of [1, 2]) flipBit(inCheckpoint(run, step, 'optimizers.bin'));
    await expect(openTrainer({ checkpoint_dir: run, resume: true })).rejects.toThrow(
      /acgan\.model-2\/optimizers\.bin: expected SHA-256 .* None of 1 older ones can be resumed either\.$/,
    );
    expect(existsSync(inCheckpoint(run, 1, 'state.json'))).toBe(true);
  });
});

test('a run that is resumed by another engine, processor or number of threads says so', async () => {
  const run = newRun();
  const first = await openTrainer(settingsIn(run));
  await first.trainStep();
  await first.save();
  await first.close();
  const resumedWith = async (change: object): Promise<string> => {
    const file = path.join(run, 'environment.json');
    const was = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...was, ...change }));
    const said: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    await (await openTrainer({ checkpoint_dir: run, resume: true })).close();
    write.mockRestore();
    return said.filter((line) => !line.startsWith('resuming')).join('');
  };
  expect(await resumedWith({})).toBe('');
  expect(await resumedWith({ threads: 77, tensorflow: '1.15', processor: 'Z80' })).toMatch(
    /^note: the processor was Z80 and is .+; the number of threads was 77 and is \d+; TensorFlow was 1\.15 and is .+: from here on, .* not bit for bit .*\n$/,
  );
  // it is that of the last process now
  expect(await resumedWith({})).toBe('');
});

test('a run that cannot be opened leaves no tensor and no lock', async () => {
  const run = newRun();
  const first = await openTrainer(settingsIn(run));
  await expect(openTrainer(settingsIn(run))).rejects.toThrow(/no run there|nobody trains/);
  await first.trainStep();
  await first.save();
  await first.close();
  const before = tf.memory().numTensors;
  const damaged = { checkpoint_dir: run, resume: true } as const;
  const file = path.join(run, 'acgan.model-1', 'optimizers.bin');
  writeFileSync(file, 'x');
  await expect(openTrainer(damaged)).rejects.toThrow('optimizers.bin');
  await expect(openTrainer(damaged)).rejects.toThrow('optimizers.bin');
  expect(tf.memory().numTensors).toBe(before);
});
