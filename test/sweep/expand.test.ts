import { readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { readSlurmFile } from '../../src/config/slurm-settings';
import { checkSweep, problemsOfNew } from '../../src/config/sweep-file';
import { expandSweep } from '../../src/sweep/expand';
import { planSweep, settingsOfRun, toWords } from '../../src/sweep/plan';
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

test.each<[string, object, number[]]>([
  ['integer', { min: 1024, max: 4096, points: 2 }, [1024, 4096]],
  ['integer', { min: 1, max: 4, points: 4 }, [1, 2, 3, 4]],
  [
    'uniform',
    { min: 1000, max: 1009, points: 10 },
    [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009],
  ],
  ['uniform', { min: 0.12345, max: 0.12349, points: 3 }, [0.12345, 0.12347, 0.12349]],
  ['log-uniform', { min: 0.00012345, max: 0.012345, points: 3 }, [0.00012345, 0.0012345, 0.012345]],
])(
  'a %s range %j has its ends as written and as many values as it says',
  (distribution, range, values) => {
    const planned = runs({ parameters: { learning_rate: { ...range, distribution } } });
    expect(planned.map(({ parameters }) => parameters.learning_rate)).toEqual(values);
    expect(new Set(planned.map(({ name }) => name)).size).toBe(values.length);
  },
);

test('what is drawn of a range is not rounded, and its name has as few digits as tell it from the others', () => {
  const range = { min: 0.1, max: 0.100001 };
  const planned = runs({ method: 'random', limits: { runs: 20 }, parameters: { width: range } });
  const widths = planned.map(({ parameters }) => parameters.width as number);
  expect(new Set(widths).size).toBe(20);
  expect(Math.min(...widths)).toBeGreaterThanOrEqual(range.min);
  expect(Math.max(...widths)).toBeLessThanOrEqual(range.max);
  const [first] = runs({
    method: 'random',
    limits: { runs: 1 },
    parameters: { width: { min: 0.1, max: 1 }, seed: [1, 2] },
  });
  const two = runs({
    method: 'random',
    limits: { runs: 2 },
    parameters: { width: { min: 0.1, max: 1 } },
  });
  expect(String(first!.parameters.width).length).toBeGreaterThan(8);
  for (const { name, parameters } of two)
    expect(name).toBe(`w${Number((parameters.width as number).toPrecision(3))}`);
});

test('a range that cannot give what it is asked for is an error', () => {
  const of = (range: object): string => messageOf({ parameters: { batch_size: range } });
  expect(of({ min: 1, max: 4.5, distribution: 'integer', points: 2 })).toMatch(
    /^x\.yaml: parameters\.batch_size: expected whole numbers as the ends of an integer range, got/,
  );
  expect(of({ min: 1, max: 4, distribution: 'integer', points: 5 })).toMatch(
    /^x\.yaml: parameters\.batch_size: expected at most as many points as there are whole numbers in the range, got/,
  );
});

test('a sweep file takes what the command line takes: other spellings, lists and numbers as texts, nothing for a default', () => {
  const { base, parameters, evaluation } = definitionOf({
    base: {
      'learning-rate': '1e-4',
      age_bounds: '20,30',
      sample_dir: null,
      root_folder: '~/faces',
    },
    parameters: {
      'micro-batch': [null, 2],
      bounds: [{ 'age-bounds': '20,30' }, { age_bounds: 40 }],
      data: [2004, 'b'],
    },
    evaluation: { 'real-faces': '7', data: null },
  });
  expect(base).toEqual({
    learning_rate: 1e-4,
    age_bounds: [20, 30],
    root_folder: `${homedir()}/faces`,
  });
  expect(parameters).toEqual({
    micro_batch: [null, 2],
    bounds: [{ age_bounds: [20, 30] }, { age_bounds: [40] }],
    data: ['2004', 'b'],
  });
  expect(evaluation).toEqual({ real_faces: 7 });
  expect(
    messageOf({
      base: { seed: 1, batch_size: null },
      parameters: { 'gan-loss-weight': [1], gan_loss_weight: [2] },
    }).split('\n'),
  ).toEqual([
    'x.yaml: parameters.gan_loss_weight: expected it once, got it twice. Leave one out.',
    'x.yaml: base.batch_size: expected a whole number from 1 up, got null. See docs/configuration.md.',
  ]);
});

test('runs where nothing is set go by the default', () => {
  const folder = newFolder();
  const file = path.join(folder, 'x.yaml');
  writeFileSync(
    file,
    'x-few: &few {batch_size: 4, max_steps: 3}\nbase: {<<: *few, micro_batch: 4}\nparameters: {micro_batch: [~, 2]}\nmetric: {name: g_loss, goal: minimize}\n',
  );
  const sweep = planSweep(file, path.join(folder, 'out'), { threads: 1, launcher: 'local' });
  expect(sweep.runs.map((run) => toWords('train', settingsOfRun(sweep, run)).slice(1, -1))).toEqual(
    [
      ['--batch_size=4', '--max_steps=3'],
      ['--batch_size=4', '--max_steps=3', '--micro_batch=2'],
    ],
  );
});

test('the config of a run is a base: what names the run or comes of its data is not taken over', () => {
  const folder = newFolder();
  const { config } = resolveConfig('train', { run: 'old', batch_size: '4', sample_dir: 'shown' });
  const written = {
    ...config,
    checkpoint_dir: 'checkpoints/old',
    data: 'd',
    root_folder: '/d',
    source_file: 'd/train.txt',
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(written));
  const metric = { name: 'g_loss', goal: 'minimize' };
  const of = (parts: object) =>
    checkSweep(path.join(folder, 'x.yaml'), { base: 'config.json', metric, ...parts }).base;
  expect(of({ parameters: { seed: [1, 2] } })).toMatchObject({ batch_size: 4, data: 'd' });
  const names = Object.keys(of({ parameters: { seed: [1, 2] } }));
  for (const name of [
    'config',
    'run',
    'checkpoint_dir',
    'resume',
    'json',
    'sample_dir',
    'root_folder',
    'source_file',
    'age_bounds',
    'seed',
  ])
    expect(names).not.toContain(name);
  expect(of({ parameters: { seed: [1] }, drawn_data: { people: 12 } })).not.toHaveProperty('data');
  writeFileSync(
    path.join(folder, 'config.json'),
    JSON.stringify({ batch_size: { a: 1 }, seed: 1 }),
  );
  expect(() => of({ parameters: { width: [1] } })).toThrow(
    /config\.json: batch_size: expected a number, a text, true, false, numbers or null, got \{"a":1\}\. See docs\/configuration\.md\.$/,
  );
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

test('a range that gives a setting of whole numbers a fraction says how to ask for whole ones', () => {
  const folder = newFolder();
  const file = path.join(folder, 'x.yaml');
  writeFileSync(
    file,
    'base: {data: x}\nmetric: {name: g_loss, goal: minimize}\nparameters:\n  batch_size: {min: 2, max: 9, points: 3}\n',
  );
  expect(() =>
    planSweep(file, path.join(folder, 'out'), { threads: 1, launcher: 'local' }),
  ).toThrow(
    'x.yaml: run b5.5: --batch_size: expected a whole number from 1 up, got 5.5. See --help. Take a range with `distribution: integer`, or list the values.',
  );
});
