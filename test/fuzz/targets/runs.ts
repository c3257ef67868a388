/** @file Settings, sweeps, and what runs write of themselves. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEventWriter, readEventFile, truncateEventFiles } from 'tensorboard-logger-ts';
import { resolveConfig } from '../../../src/config/load';
import { UserError } from '../../../src/errors';
import { truncateMetrics } from '../../../src/runs/metric-logger';
import { resolveRun } from '../../../src/runs/resumed-config';
import { lockRun } from '../../../src/runs/run-dir';
import { knownMetrics, readMetric } from '../../../src/sweep/metric';
import { openSweep, planSweep } from '../../../src/sweep/plan';
import { readRunStatuses } from '../../../src/sweep/run-status';
import { filesOf } from '../target';
import type { Files, Target } from '../target';
import { sealRecords } from './checksums';

const BEHIND = { word: null, paths: [] };

const CONFIG = `# settings
batch_size: 16
learning_rate: 0.0001
data: datasets/x
age_bounds: [20, 30, 40, 50]
x-lr: &rate 1e-4
d_learning_rate: *rate
fea_layer_name: conv4
label_scale: 100
`;

const config: Target = {
  name: 'config',
  make: () =>
    Promise.resolve([
      filesOf({
        'config.yaml': CONFIG.replace('learning_rate: 0.0001\n', '').replace(
          'd_learning',
          'learning',
        ),
      }),
      filesOf({
        'config.yaml': JSON.stringify({
          batch_size: 4,
          seed: 3,
          labels: 'picture',
          age_bounds: [20, 30, 40, 50],
        }),
      }),
    ]),
  formOf: () => 'text',
  words: [
    'age_bounds: ',
    'seed: 1\n',
    '<<: *rate\n',
    '? a\n',
    '|\n',
    '>-\n',
    '--- \n',
    '!!binary ',
    '007',
    '&a [*a]',
  ],
  read: (folder) =>
    Promise.resolve(resolveConfig('train', { config: path.join(folder, 'config.yaml') })),
};

const runConfig: Target = {
  name: 'run-config',
  make: () => {
    const { config: trained } = resolveConfig('train', { data: 'datasets/x' });
    return Promise.resolve([filesOf({ 'config.json': JSON.stringify(trained) })]);
  },
  formOf: () => 'json',
  read: (folder) =>
    Promise.resolve(resolveRun('train', { checkpoint_dir: folder, resume: true }, BEHIND)),
};

const SWEEP = `base: { max_steps: 100, data: datasets/x }
parameters:
  gan_loss_weight: [37.5, 75]
  learning_rate: { min: 0.0001, max: 0.01, distribution: log-uniform, points: 3 }
  layer:
    - { fea_layer_name: conv4, fea_loss_weight: 0.25e-4 }
    - { fea_layer_name: conv5, fea_loss_weight: 0.5e-4 }
metric: { name: g_loss, goal: minimize }
stop_early: { rungs: [10, 50], factor: 3 }
evaluation: { faces: 10 }
limits: { runs: 27, hours: 48 }
slurm: { partition: gpu, time: '04:00:00' }
`;
const RANDOM_SWEEP = {
  base: { max_steps: 100 },
  parameters: { seed: { min: 1, max: 1000, distribution: 'integer' }, width: { min: 0.1, max: 1 } },
  method: 'random',
  metric: { name: 'g_loss', goal: 'maximize', at: 'best' },
  limits: { runs: 5 },
  drawn_data: { people: 4 },
};
const WHERE = { threads: 1, launcher: 'local' } as const;

const sweepFile: Target = {
  name: 'sweep-file',
  make: () =>
    Promise.resolve([
      filesOf({ 'sweep.yaml': SWEEP }),
      filesOf({ 'sweep.yaml': JSON.stringify(RANDOM_SWEEP) }),
      filesOf({
        'sweep.yaml': JSON.stringify({ ...RANDOM_SWEEP, base: 'base.yaml', slurm: 'slurm.yaml' }),
        'base.yaml': 'max_steps: 50\n',
        'slurm.yaml': 'partition: gpu\ncpus: 4\n',
      }),
    ]),
  formOf: () => 'text',
  words: ['points: ', 'runs: ', 'min: ', 'max: ', 'method: random', 'seed: [1, 2]', '1e9', '3000'],
  read: (folder) =>
    Promise.resolve(planSweep(path.join(folder, 'sweep.yaml'), path.join(folder, 'out'), WHERE)),
};

/** A sweep's folder as `saveSweep` writes it, with a run's state. */
function sweepFiles(text: string): Files {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipcgan-fuzz-'));
  const file = path.join(folder, 'sweep.yaml');
  writeFileSync(file, text);
  const { definition, runs } = planSweep(file, folder, WHERE);
  rmSync(folder, { recursive: true });
  const state = {
    status: 'running',
    failures: 0,
    results: [{ rung: 0, metric: 1, step: 10, ended_at: '2026-01-01T00:00:00Z' }],
    owner: { host: 'a', boot: 'b', namespace: 'c', pid: 1, started: '1', job: null, restarts: 0 },
    seconds: 3,
    reason: null,
    tail: ['x'],
  };
  return filesOf({
    'plan.json': JSON.stringify({
      format: 1,
      file: 'no-such.yaml',
      cwd: '/',
      threads: 1,
      launcher: 'local',
      definition,
      runs,
    }),
    [`state/${runs[0]?.name ?? ''}.json`]: JSON.stringify(state),
  });
}

const sweepPlan: Target = {
  name: 'sweep-plan',
  make: () => Promise.resolve([SWEEP, JSON.stringify(RANDOM_SWEEP)].map(sweepFiles)),
  formOf: () => 'json',
  read: async (folder) => readRunStatuses(await openSweep(folder)),
};

const METRICS = [1, 2, 3]
  .map(
    (step) =>
      `${JSON.stringify({ step, g_loss: 1 / step, tv_loss: null, images_per_second: 3 })}\n`,
  )
  .join('');
const EVALUATION = {
  step: 3,
  figures: { identity: { value: 0.5, low: 0.4, high: 0.6 }, overall: { value: 1 } },
  other: { inner: 3 },
};

const metrics: Target = {
  name: 'metrics',
  make: () =>
    Promise.resolve([
      filesOf({
        'metrics.jsonl': METRICS,
        'evaluation/3/evaluation.json': JSON.stringify(EVALUATION),
      }),
      filesOf({ 'metrics.jsonl': '', 'evaluation/evaluation.json': JSON.stringify(EVALUATION) }),
    ]),
  formOf: (file) => (file.endsWith('.jsonl') ? 'lines' : 'json'),
  read: async (folder) => {
    for (const name of ['g_loss', 'identity', 'other.inner'])
      for (const at of ['last', 'best'] as const)
        await readMetric(folder, { name, goal: 'minimize', at }, 3);
    await knownMetrics(folder, 3);
    await truncateMetrics(path.join(folder, 'metrics.jsonl'), 2);
  },
};

const lock: Target = {
  name: 'lock',
  make: () => {
    const owner = {
      host: 'a',
      boot: 'b',
      namespace: 'c',
      pid: 1,
      started: '1',
      job: null,
      restarts: 0,
    };
    return Promise.resolve([
      filesOf({ lock: JSON.stringify({ ...owner, host: 'here', pid: 4194303, device: 1 }) }),
      filesOf({ lock: JSON.stringify(owner) }),
    ]);
  },
  formOf: () => 'json',
  read: async (folder) => {
    const unlock = await lockRun(folder).catch((error: unknown) => {
      // another machine's, which nobody here can look into
      if (error instanceof UserError && error.message.includes(folder)) return null;
      throw error;
    });
    await unlock?.();
  },
};

const EVENTS = 'events.out.tfevents.1.a';

function eventFiles(): Files {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipcgan-fuzz-'));
  const writer = createEventWriter({ directory: folder, clock: () => 1e12 });
  for (const step of [1, 2, 3, 4]) writer.scalars({ g_loss: step, d_loss: -step }, step);
  writer.histogram('h', [1, 2, 3], 4);
  writer.text('t', '*text*', 4);
  writer.hparams({ a: 1, b: 'x', c: true }, ['g_loss']);
  writer.endHparams('success');
  writer.close();
  const files = filesOf({ [EVENTS]: readFileSync(writer.file) });
  rmSync(folder, { recursive: true });
  return files;
}

const events: Target = {
  name: 'events',
  make: () => Promise.resolve([eventFiles()]),
  formOf: () => 'bytes',
  mend: (files) => {
    const copy = Buffer.from(files.get(EVENTS) ?? []);
    sealRecords(copy);
    if (files.has(EVENTS)) files.set(EVENTS, copy);
  },
  read: async (folder, files) => {
    const file = path.join(folder, EVENTS);
    let refused: unknown = null;
    try {
      if (files.has(EVENTS)) readEventFile(file);
    } catch (error) {
      // the package is by itself: its errors are no UserErrors, but they name the file
      const isOwn =
        error instanceof Error && error.name === 'Error' && error.message.startsWith(file);
      if (!isOwn) throw error;
      refused = new UserError(error.message, { cause: error });
    }
    // a run that goes on cuts whatever is there
    truncateEventFiles(folder, 3);
    if (files.has(EVENTS) && readEventFile(file).some(({ step }) => step > 3))
      throw new Error('a later event is left');
    if (refused instanceof Error) throw refused;
    return Promise.resolve();
  },
};

export const RUN_TARGETS: readonly Target[] = [
  config,
  runConfig,
  sweepFile,
  sweepPlan,
  metrics,
  lock,
  events,
];
