import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readEventFile } from 'tensorboard-logger-ts';
import { tf } from '../../src/engine/tf';
import type { LossTerm } from '../../src/losses/term';
import { openTrainer } from '../../src/train/open-trainer';
import type { TrainerSettings } from '../../src/train/open-trainer';
import { kept } from '../support/kept';
import { linesOf, metricsOf } from '../support/run-lines';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const newRun = (): string => path.join(newFolder(), 'run');

/** Ten sources of one picture a step: none comes twice. */
const settingsIn = (folder: string): TrainerSettings => ({
  data: kept('data'),
  checkpoint_dir: folder,
  image_size: 16,
  width: 0.02,
  batch_size: 1,
  fea_loss_weight: 0,
  age_loss_weight: 0,
  max_steps: 6,
  save_every: 3,
  log_every: 1,
  held_out_faces: 1,
});

/** A term that is no number for sources of certain means, and notes those that it is given. */
function poisoned(means: readonly number[]): { term: LossTerm; given: number[] } {
  const given: number[] = [];
  const term: LossTerm = {
    name: 'own',
    weight: 1,
    description: '',
    compute: ({ fake, source }) => {
      const mean = tf.mean(source).dataSync()[0]!;
      given.push(mean);
      return tf.mul(tf.mean(fake), means.includes(mean) ? NaN : 1).asScalar();
    },
  };
  return { term, given };
}

let said: string[] = [];
beforeEach(() => {
  said = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

const tagsOf = (run: string): [number, string][] =>
  readdirSync(run)
    .filter((name) => name.startsWith('events.'))
    .flatMap((name) => readEventFile(path.join(run, name)))
    .flatMap(({ step, values }) => values.map(({ tag }): [number, string] => [step, tag]));
/** The numbers of a checkpoint, and where its sampler stood. */
const savedIn = (run: string, step: number): unknown[] => {
  const inCheckpoint = (name: string): Buffer =>
    readFileSync(path.join(run, `acgan.model-${step}`, name));
  const { sampler } = JSON.parse(inCheckpoint('state.json').toString()) as { sampler: object };
  return [
    ...['generator/weights.bin', 'discriminator/weights.bin', 'optimizers.bin'].map(inCheckpoint),
    sampler,
  ];
};
async function train(settings: TrainerSettings, term: LossTerm): Promise<void> {
  await (await openTrainer(settings, { terms: [term] })).train();
}

/** The means of the sources of the first ten steps. */
let means: number[] = [];
beforeAll(async () => {
  const { term, given } = poisoned([]);
  const trainer = await openTrainer(settingsIn(newRun()), { terms: [term] });
  for (let step = 0; step < 10; step++) await trainer.trainStep();
  await trainer.close();
  means = given;
  expect(new Set(means).size).toBe(10);
});

test('a run that diverges goes back and on with other pictures; one that is killed then and resumed ends as it does', async () => {
  const before = tf.memory().numTensors;
  const run = newRun();
  const { term, given } = poisoned([means[4]!]);
  await train({ ...settingsIn(run), on_nan: 'rollback' }, term);
  expect(tf.memory().numTensors).toBe(before);
  // behind step 3, the fourth and the fifth batch come no more
  expect(given).toEqual([...means.slice(0, 5), ...means.slice(5, 8)]);
  const [rollback, ...others] = linesOf(run, 'rollbacks.jsonl');
  expect(rollback).toMatchObject({ step: 5, to: 3 });
  expect((rollback!.pictures as string[]).length).toBeGreaterThan(0);
  expect(others).toEqual([]);
  expect(metricsOf(run).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  // TensorBoard has every step once, and a run that has not failed
  const tags = tagsOf(run);
  expect(tags.filter(([, tag]) => tag === 'd_loss').map(([step]) => step)).toEqual([
    1, 2, 3, 4, 5, 6,
  ]);
  expect(tags.filter(([, tag]) => tag === '_hparams_/session_end_info')).toHaveLength(1);
  const text = said.join('');
  expect(text).toMatch(/warning: step 5: expected finite losses, got .*own_loss NaN.* Pictures/);
  expect(text).toMatch(
    /rollback 1 of 3: goes on at step 3 from .*acgan\.model-3, without the 2 batches since/,
  );
  expect(text).not.toContain('--override');

  // as a process leaves it that is killed behind its rollback
  const killed = newRun();
  cpSync(run, killed, { recursive: true });
  rmSync(path.join(killed, 'acgan.model-6'), { recursive: true });
  const again = poisoned([means[4]!]);
  await train({ checkpoint_dir: killed, resume: true }, again.term);
  expect(again.given).toEqual(means.slice(5, 8));
  expect(savedIn(killed, 6)).toEqual(savedIn(run, 6));
  expect(metricsOf(killed)).toEqual(metricsOf(run));
  expect(linesOf(killed, 'rollbacks.jsonl')).toHaveLength(1);

  // one that is resumed behind a later checkpoint leaves out nothing more
  const later = poisoned([]);
  await train({ checkpoint_dir: killed, resume: true, max_steps: 8 }, later.term);
  expect(later.given).toEqual(means.slice(8, 10));
});

test('a compiled step that goes back ends as one that is resumed there, to the last bit', async () => {
  const poison = means[4]!;
  const term: LossTerm = {
    name: 'own',
    weight: 1,
    description: '',
    isPure: true,
    compute: ({ fake, source }) => {
      const isBad = tf.less(tf.abs(tf.sub(tf.mean(source), poison)), 1e-3);
      return tf.mul(tf.mean(fake), tf.where(isBad, tf.scalar(NaN), tf.scalar(1))).asScalar();
    },
  };
  const run = newRun();
  await train({ ...settingsIn(run), on_nan: 'rollback', ema: 0.5 }, term);
  expect(linesOf(run, 'rollbacks.jsonl')).toMatchObject([{ step: 5, to: 3 }]);
  const killed = newRun();
  cpSync(run, killed, { recursive: true });
  rmSync(path.join(killed, 'acgan.model-6'), { recursive: true });
  await train({ checkpoint_dir: killed, resume: true }, term);
  expect(savedIn(killed, 6)).toEqual(savedIn(run, 6));
  expect(metricsOf(killed)).toEqual(metricsOf(run));
  expect(said.join('')).not.toContain('op by op');
});

test('one that diverges again goes back again, by all batches since; at most so many times', async () => {
  const run = newRun();
  const bad = [means[4]!, means[6]!, means[7]!];
  const { term, given } = poisoned(bad);
  const settings = { ...settingsIn(run), on_nan: 'rollback', max_rollbacks: 2 } as const;
  await expect(train(settings, term)).rejects.toThrow(
    /step 4: .* Go on from it with .* --on_nan=rollback: expected to go back 2 times at most \(--max_rollbacks\), got one more; .*rollbacks\.jsonl/,
  );
  expect(given).toEqual(means.slice(0, 8));
  expect(linesOf(run, 'rollbacks.jsonl')).toMatchObject([
    { step: 5, to: 3 },
    { step: 5, to: 3 },
  ]);
  expect(existsSync(path.join(run, 'acgan.model-6'))).toBe(false);
  // more are allowed: it goes on where it stopped, and finds the same
  const more = poisoned(bad);
  await train({ checkpoint_dir: run, resume: true, max_rollbacks: 3 }, more.term);
  expect(more.given).toEqual(means.slice(7, 10).concat(more.given.slice(3)));
  expect(linesOf(run, 'rollbacks.jsonl')).toHaveLength(3);
});

test('a run without a checkpoint has nothing to go back to, and one that stops does not go back', async () => {
  const none = newRun();
  const early = { ...settingsIn(none), on_nan: 'rollback' } as const;
  await expect(train(early, poisoned([means[1]!]).term)).rejects.toThrow(
    /step 2: .* The last good checkpoint is none\. .* expected a checkpoint to go back to, got none yet\. A lower --save_every/,
  );
  const stopping = newRun();
  await expect(train(settingsIn(stopping), poisoned([means[4]!]).term)).rejects.toThrow(
    /^step 5: [^]*goes on with other pictures\.$/,
  );
  for (const run of [none, stopping])
    expect(existsSync(path.join(run, 'rollbacks.jsonl'))).toBe(false);
});

test('where the newest checkpoint is damaged, it goes back behind it', async () => {
  const run = newRun();
  const { term } = poisoned([means[4]!]);
  const settings = { ...settingsIn(run), on_nan: 'rollback', save_every: 2 } as const;
  const damaging: LossTerm = {
    ...term,
    compute: (batch) => {
      const newest = path.join(run, 'acgan.model-4', 'optimizers.bin');
      if (existsSync(newest)) writeFileSync(newest, 'x');
      return term.compute(batch);
    },
  };
  await train(settings, damaging);
  expect(linesOf(run, 'rollbacks.jsonl')).toMatchObject([{ step: 5, to: 2 }]);
  expect(said.join('')).toMatch(/warning: .*acgan\.model-4.*optimizers\.bin: expected SHA-256/);
  expect(metricsOf(run).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a record that is broken is not passed over', async () => {
  const run = newRun();
  await train({ ...settingsIn(run), max_steps: 1 }, poisoned([]).term);
  writeFileSync(path.join(run, 'rollbacks.jsonl'), '{"step":5,"to":3,"pictures":[]}\n{"step":');
  await expect(
    train({ checkpoint_dir: run, resume: true, max_steps: 2 }, poisoned([]).term),
  ).rejects.toThrow(/rollbacks\.jsonl:2: expected a rollback with step, to and pictures, got/);
});
