import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSlurmFile } from '../../src/config/slurm-settings';
import { checkSweep, problemsOfNew } from '../../src/config/sweep-file';
import { expandSweep } from '../../src/sweep/expand';
import { planSweep } from '../../src/sweep/plan';
import { definitionOf } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

const runs = (parts: object) => expandSweep('x.yaml', definitionOf(parts));

test('a grid is every combination, the first parameter slowest, named by what differs as the original names its directories', () => {
  const planned = runs({
    parameters: { gan_loss_weight: [50, 75], fea_loss_weight: [0.5e-4], age_loss_weight: [10, 30] },
  });
  expect(planned.map(({ name }) => name)).toEqual(['g50_a10', 'g50_a30', 'g75_a10', 'g75_a30']);
  expect(planned[3]!.parameters).toEqual({
    gan_loss_weight: 75,
    fea_loss_weight: 0.5e-4,
    age_loss_weight: 30,
  });
  const weights = runs({
    parameters: {
      gan_loss_weight: [50, 75],
      fea_loss_weight: [0.5e-4, 2e-4],
      age_loss_weight: [10, 30],
    },
  });
  expect(weights.map(({ name }) => name)).toContain('g75_f0.5e-4_a30');
});

test('a range in a grid gives its points, both ends among them', () => {
  const range = { min: 1e-4, max: 1e-2, distribution: 'log-uniform', points: 3 };
  expect(
    runs({ parameters: { learning_rate: range } }).map(
      ({ parameters }) => parameters.learning_rate,
    ),
  ).toEqual([1e-4, 1e-3, 1e-2]);
});

test('bundles set several settings together', () => {
  const size = [
    { image_size: 64, batch_size: 8 },
    { image_size: 128, batch_size: 4 },
  ];
  expect(runs({ parameters: { size } }).map(({ name, parameters }) => [name, parameters])).toEqual([
    ['px64_b8', size[0]],
    ['px128_b4', size[1]],
  ]);
});

test('random runs are the same for a seed, differ from each other, and lie in their ranges', () => {
  const parts = (seed: number) => ({
    method: 'random',
    seed,
    limits: { runs: 40 },
    parameters: {
      learning_rate: { min: 1e-4, max: 1e-1, distribution: 'log-uniform' },
      batch_size: { min: 2, max: 4, distribution: 'integer' },
    },
  });
  const first = runs(parts(1));
  const again = runs(parts(1));
  const other = runs(parts(2));
  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect(new Set(first.map(({ name }) => name)).size).toBe(40);
  const rates = first.map(({ parameters }) => parameters.learning_rate as number);
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4);
  expect(Math.max(...rates)).toBeLessThanOrEqual(1e-1);
  // log-uniform: about a third of them in each of the three decades
  expect(rates.filter((rate) => rate < 1e-3).length).toBeGreaterThan(5);
  expect(new Set(first.map(({ parameters }) => parameters.batch_size))).toEqual(new Set([2, 3, 4]));
});

test('limits are errors, not cuts', () => {
  expect(() => runs({ parameters: { batch_size: [1, 2, 3] }, limits: { runs: 2 } })).toThrow(
    'x.yaml: limits.runs: expected at least the 3 runs of the grid, got 2.',
  );
  expect(() =>
    runs({ method: 'random', parameters: { batch_size: [1, 2, 3] }, limits: { runs: 4 } }),
  ).toThrow('limits.runs: expected at most 3, which is what the parameters give, got 4.');
  expect(() => runs({ parameters: { batch_size: [1, 1] } })).toThrow(
    'expected every combination once, got one twice',
  );
});

function messageOf(parts: object): string {
  try {
    definitionOf(parts);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

test('every problem of a file is said at once', () => {
  const parameters = { gan_loss_weight: { min: 3, max: 1 } };
  expect(
    messageOf({ metrik: 1, parameters, limits: { parallel: 0, hour: 1 } }).split('\n'),
  ).toEqual([
    'x.yaml: parameters.gan_loss_weight: expected a range whose min is below its max, got {"min":3,"max":1}. See docs/sweeps.md.',
    'x.yaml: limits.parallel: expected a whole number from 1 up, got 0. See docs/sweeps.md.',
    "x.yaml: limits: expected a known key, got 'hour'. Did you mean 'hours'?",
    "x.yaml: expected a known key, got 'metrik'. Did you mean 'metric'?",
  ]);
  const base = { image_siz: 64, run: 'x', batch_size: 0 };
  const space = { gan_loss_weight: [-1], batch: [{ seed: 1 }, { seed: 2 }], seed: [3] };
  expect(messageOf({ base, parameters: space }).split('\n')).toEqual([
    "x.yaml: base.image_siz: expected a known setting of train, got 'image_siz'. Did you mean 'image_size'?",
    'x.yaml: base.run: expected a setting that runs may differ in, got run. The sweep sets it for each run.',
    'x.yaml: base.batch_size: expected a whole number from 1 up, got 0. See docs/configuration.md.',
    'x.yaml: parameters.gan_loss_weight: expected a number from 0 up, got -1. See docs/configuration.md.',
    'x.yaml: parameters.seed: expected settings of its own, got seed, which batch sets, too. Leave one out.',
  ]);
});

test('an evaluation is checked as `ipcgan evaluate` checks its flags, and needs data', () => {
  const parts = {
    parameters: { seed: [1, 2] },
    evaluation: { facs: 3, real_faces: 1, step: 4, judge: 'nobody' },
  };
  expect(messageOf(parts).split('\n')).toEqual([
    "x.yaml: evaluation.facs: expected a known setting of evaluate, got 'facs'. Did you mean 'faces'?",
    'x.yaml: evaluation.real_faces: expected a whole number from 2 up, got 1. See docs/configuration.md.',
    'x.yaml: evaluation.step: expected a setting that runs may differ in, got step. The sweep sets it for each run.',
    'x.yaml: evaluation.judge: expected one of face-api, deepface, got nobody. See docs/configuration.md.',
    'x.yaml: evaluation.data: expected a prepared data set, here or in base.data, got nothing. Make one with `ipcgan prepare`.',
  ]);
  expect(
    definitionOf({ parameters: { seed: [1, 2] }, base: { data: 'd' }, evaluation: {} }).evaluation,
  ).toEqual({});
});

test('the settings of Slurm may be a file beside the sweep file, the same that prepare takes', () => {
  const folder = newFolder();
  const write = (text: string): void => writeFileSync(path.join(folder, 'cluster.yaml'), text);
  write('partition: gpu\ncpus: 4\n');
  const check = () =>
    checkSweep(path.join(folder, 'x.yaml'), {
      metric: { name: 'g_loss', goal: 'minimize' },
      parameters: { seed: [1] },
      slurm: 'cluster.yaml',
    });
  expect(check().slurm).toEqual(readSlurmFile(path.join(folder, 'cluster.yaml')));
  expect(check().slurm).toMatchObject({
    partition: 'gpu',
    cpus: 4,
    signal_seconds: 120,
    setup: [],
  });
  write('partitions: gpu\ncpus: 0\n');
  expect(check).toThrow(
    "x.yaml: slurm: expected a known key, got 'partitions'. Did you mean 'partition'?",
  );
  expect(() => readSlurmFile(path.join(folder, 'cluster.yaml'))).toThrow(
    "cluster.yaml: expected a known key, got 'partitions'. Did you mean 'partition'?",
  );
  expect(() => readSlurmFile(path.join(folder, 'cluster.yaml'))).toThrow(
    'cluster.yaml: cpus: expected a whole number from 1 up, got 0.',
  );
  expect(() => readSlurmFile('nowhere.yaml')).toThrow(
    'nowhere.yaml: expected a YAML or JSON file, got ENOENT',
  );
  expect(readSlurmFile(null)).toEqual({ cpus: 1, signal_seconds: 120, setup: [], options: [] });
});

test('a metric that is nearly one of training, and rungs that are not below max_steps, are problems of a new sweep', () => {
  const of = (parts: object): string[] =>
    problemsOfNew('x.yaml', definitionOf({ parameters: { seed: [1, 2] }, ...parts }));
  expect(
    of({
      metric: { name: 'held_out_age_los', goal: 'minimize' },
      base: { max_steps: 4 },
      stop_early: { rungs: [2, 4, 8] },
    }),
  ).toEqual([
    "x.yaml: metric.name: expected a metric that runs have, got held_out_age_los. Did you mean 'held_out_age_loss'?",
    'x.yaml: stop_early.rungs: expected steps below max_steps (4), got 4, 8. Lower them, or raise base.max_steps.',
  ]);
  // a figure of an evaluation that is made by hand
  for (const name of ['verified/face-api', 'held_out_age_loss'])
    expect(of({ metric: { name, goal: 'maximize' } })).toEqual([]);
});

test('every sweep in configs/sweeps plans', () => {
  const folder = path.resolve(__dirname, '../../configs/sweeps');
  const sizes = readdirSync(folder).map((name) => [
    name,
    planSweep(path.join(folder, name), 'out', { threads: 1, launcher: 'local' }).runs.length,
  ]);
  expect(Object.fromEntries(sizes)).toEqual({
    'drawn-weights.yaml': 8,
    'feature-layer.yaml': 6,
    'learning-rate.yaml': 12,
    'loss-weights.yaml': 27,
    'smoke.yaml': 8,
  });
});
