// On the GPU machine, in the kit (`KIT/run node scripts/gpu-kit/measure.mjs OUT`): everything that is to be known of our step there, within ten minutes.
// node scripts/gpu-kit/measure.mjs OUT [--minutes=9.5] [--python=python3] [--device=cuda] [--only=NAME,NAME] [--steps=30] [--train=MINUTES]
// OUT gets measured.jsonl (a line a measurement), table.txt and the logs. What the time does not suffice for is named as left out; the most
// important comes first. --train trains the recommended recipe afterwards and leaves the generator in float16.
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareSmoke } from './compare-smoke.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(path.dirname(here));
const kit = process.env.IPCGAN_KIT ?? path.dirname(root);
const text = { type: 'string' };
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { minutes: text, python: text, device: text, only: text, steps: text, train: text },
});
const out = path.resolve(positionals[0] ?? 'measured');
const { minutes = '9.5', python = 'python3', device = 'cuda', only, steps = '30', train } = values;
const end = Date.now() + Number(minutes) * 60_000;
mkdirSync(out, { recursive: true });

const command = path.join(root, 'dist/cli/index.js');
const data = path.join(kit, 'data');
const fixtures = path.join(kit, 'fixtures');
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const usage = path.join(out, 'usage.csv');

/** Memory and use of the GPU, five times a second, in a process of its own. */
const watcher = spawn(
  'nvidia-smi',
  ['--query-gpu=memory.used,utilization.gpu', '--format=csv,noheader,nounits', '-lms', '200'],
  {
    stdio: ['ignore', openSync(usage, 'w'), 'ignore'],
  },
);
watcher.on('error', () => writeFileSync(usage, ''));
const readUsage = () =>
  existsSync(usage) ? readFileSync(usage, 'utf8').trim().split('\n').filter(Boolean) : [];

/** The largest memory in GB, and the mean use of the busier half in per cent, of what was read meanwhile. */
function summarize(lines) {
  const rows = lines
    .map((line) => line.split(',').map(Number))
    .filter(([memory, use]) => Number.isFinite(memory) && Number.isFinite(use));
  if (rows.length === 0) return {};
  const uses = rows.map(([, use]) => use).sort((a, b) => b - a);
  const busy = uses.slice(0, Math.ceil(uses.length / 2));
  return {
    gpu_memory_gb: Math.round(Math.max(...rows.map(([memory]) => memory)) / 10.24) / 100,
    gpu_use_percent: Math.round(busy.reduce((sum, use) => sum + use, 0) / busy.length),
  };
}

const lastObject = (said) => {
  for (const line of said.trim().split('\n').reverse())
    try {
      const value = JSON.parse(line);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // another line
    }
  return {};
};

/** Runs a program and keeps what it said; ended after `seconds`, or when all time is up. */
function run(name, program, args, { seconds = 90, environment = {} } = {}) {
  const left = (end - Date.now()) / 1000;
  if (left < 5) return null;
  const before = readUsage().length;
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 1000 * Math.min(seconds, left),
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 28,
  });
  writeFileSync(
    path.join(out, `${name}.log`),
    `${program} ${args.join(' ')}\n${stdout ?? ''}\n${stderr ?? ''}`,
  );
  return {
    ok: status === 0,
    status,
    wall_seconds: (Date.now() - started) / 1000,
    stdout: stdout ?? '',
    stderr: stderr ?? '',
    ...summarize(readUsage().slice(before)),
  };
}

const ours = (name, args, settings) => run(name, process.execPath, [command, ...args], settings);

/** One of our steps, or PyTorch's. */
function step(name, batch, { size = 128, precision = 'tf32', more = [], environment } = {}) {
  const asked = device === 'cuda' ? [`--precision=${precision}`] : [];
  const args = [
    'bench',
    'step',
    `--device=${device}`,
    `--batch=${batch}`,
    `--image_size=${size}`,
    `--steps=${steps}`,
    ...asked,
    ...more,
    '--json',
  ];
  return ours(name, args, { environment });
}
function torch(name, batch, { size = 128, precision = 'tf32', more = [] } = {}) {
  if (!hasTorch) return undefined;
  return run(
    name,
    python,
    [
      'bench/torch_step.py',
      `--device=${device}`,
      `--batch=${batch}`,
      `--size=${size}`,
      `--steps=${steps}`,
      `--precision=${precision}`,
      ...more,
    ],
    { seconds: 120 },
  );
}

/** The same checks on the GPU and on the CPU. */
function smoke(precision) {
  const file = (where) => path.join(out, `smoke-${precision}-${where}.json`);
  const override = { NVIDIA_TF32_OVERRIDE: precision === 'float32' ? '0' : '1' };
  for (const where of ['gpu', 'cpu']) {
    const environment = { ...override, ...(where === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}) };
    const done = run(
      `smoke-${precision}-${where}`,
      process.execPath,
      [path.join(here, 'smoke.cjs'), file(where)],
      { environment },
    );
    if (!done?.ok) return done;
  }
  // ten bits of mantissa in each factor; float32 sums in another order
  const result = compareSmoke(file('gpu'), file('cpu'), precision === 'tf32' ? 5e-3 : 1e-4);
  writeFileSync(path.join(out, `smoke-${precision}.txt`), result.lines.join('\n'));
  return {
    ok: result.isRight,
    stdout: JSON.stringify({
      largest_difference: result.largest,
      worst: result.worst,
      checks: result.checks,
      device: result.device,
    }),
  };
}

/** Twenty steps of a run whose judges, which are random here, are off: what it did, and its losses by step. */
function trainTwenty(where, asked, environment) {
  const folder = path.join(out, `run-${where}`);
  const flags = [
    '--max_steps=20',
    '--log_every=1',
    '--save_every=20',
    '--batch_size=8',
    '--fea_loss_weight=0',
    '--age_loss_weight=0',
    '--learning_rate=1e-5',
  ];
  const done = ours(
    `train-${where}`,
    ['train', ...asked, '--data', data, '--checkpoint_dir', folder, ...flags],
    { environment, seconds: 120 },
  );
  if (!done?.ok) return { done, losses: [] };
  const losses = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((record) => 'd_loss' in record);
  return { done, losses };
}

/** How far the losses of the same run on the GPU are from the CPU's, which is trained once. */
let onCpu = null;
function trainBoth(where, precision) {
  const asked = device === 'cuda' ? [`--precision=${precision}`] : [];
  const gpu = trainTwenty(where, [`--device=${device}`, ...asked]);
  if (!gpu.done?.ok) return gpu.done;
  onCpu ??= trainTwenty('cpu', ['--device=cpu'], { CUDA_VISIBLE_DEVICES: '-1' });
  if (!onCpu.done?.ok) return onCpu.done;
  const far = gpu.losses.map((record, i) =>
    Math.max(
      ...['d_loss', 'g_loss'].map(
        (key) => Math.abs(record[key] - onCpu.losses[i][key]) / Math.abs(onCpu.losses[i][key]),
      ),
    ),
  );
  return {
    ok: true,
    stdout: JSON.stringify({
      steps: far.length,
      first_difference: far[0],
      last_difference: far.at(-1),
    }),
  };
}

const verify = () =>
  existsSync(fixtures)
    ? ours('verify', ['verify', `--device=${device}`, `--fixtures=${fixtures}`, '--json'], {
        seconds: 120,
      })
    : undefined;
const doctor = () => ours('doctor', ['doctor', `--device=${device}`, '--json']);

/** Most important first. Ours and PyTorch's of one size stand side by side, so that both meet the same machine. */
const MEASUREMENTS = [
  ['doctor', doctor],
  ['smoke-float32', () => smoke('float32')],
  ['smoke-tf32', () => smoke('tf32')],
  ...[32, 8, 64].flatMap((batch) => [
    [`step-${batch}-tf32`, (name) => step(name, batch)],
    [`torch-${batch}-tf32`, (name) => torch(name, batch)],
  ]),
  ['step-32-float32', (name) => step(name, 32, { precision: 'float32' })],
  ['torch-32-float32', (name) => torch(name, 32, { precision: 'float32' })],
  ['verify', verify],
  ['train-20-steps', () => trainBoth('gpu', 'float32')],
  ['train-20-steps-bfloat16', () => trainBoth('gpu-bfloat16', 'bfloat16')],
  ['torch-32-tf32-compile', (name) => torch(name, 32, { more: ['--compile'] })],
  ...[32, 8].flatMap((batch) => [
    [`step-${batch}-bfloat16`, (name) => step(name, batch, { precision: 'bfloat16' })],
    [`torch-${batch}-bfloat16`, (name) => torch(name, batch, { precision: 'bfloat16' })],
  ]),
  // cuDNN's batch norm without transposes
  [
    'step-32-bfloat16-nhwc',
    (name) =>
      step(name, 32, {
        precision: 'bfloat16',
        environment: { TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT: '1' },
      }),
  ],
  [
    'torch-32-bfloat16-compile',
    (name) => torch(name, 32, { precision: 'bfloat16', more: ['--compile'] }),
  ],
  ['step-32-op-by-op', (name) => step(name, 32, { more: ['--compile=off'] })],
  ['step-32-deterministic', (name) => step(name, 32, { more: ['--deterministic'] })],
  ['step-128-tf32', (name) => step(name, 128)],
  ['torch-128-tf32', (name) => torch(name, 128)],
  ['step-1-tf32', (name) => step(name, 1)],
  ['torch-1-tf32', (name) => torch(name, 1)],
  ['step-32-256px', (name) => step(name, 32, { size: 256 })],
  ['torch-32-256px', (name) => torch(name, 32, { size: 256 })],
  [
    'data-32',
    (name) =>
      ours(name, ['bench', 'data', `--device=${device}`, '--data', data, '--batch=32', '--json']),
  ],
];

const KEYS = [
  'step_seconds',
  'host_seconds',
  'images_per_second',
  'gpu_memory_gb',
  'gpu_use_percent',
  'largest_difference',
  'first_difference',
  'last_difference',
  'kernels_per_step',
  'calls_per_step',
];
const chosen =
  only === undefined
    ? MEASUREMENTS
    : MEASUREMENTS.filter(([name]) => only.split(',').includes(name));
const table = [];
const note = (line) => {
  table.push(line);
  process.stdout.write(`${line}\n`);
  writeFileSync(path.join(out, 'table.txt'), `${table.join('\n')}\n`);
};
note(
  `commit ${existsSync(path.join(kit, 'commit')) ? readFileSync(path.join(kit, 'commit'), 'utf8').trim() : 'unknown'}`,
);
let failed = 0;
for (const [name, measure] of chosen) {
  const done = measure(name);
  if (done === null) {
    note(`${name.padEnd(24)} left out: the time is up`);
    continue;
  }
  if (done === undefined) {
    note(
      `${name.padEnd(24)} left out: ${name.startsWith('torch') ? `${python} has no PyTorch` : 'no fixtures in the kit'}`,
    );
    continue;
  }
  const { ok, status, wall_seconds, gpu_memory_gb, gpu_use_percent, stdout, stderr } = done;
  const result = {
    ...(gpu_memory_gb === undefined ? {} : { gpu_memory_gb, gpu_use_percent }),
    ...lastObject(stdout),
  };
  appendFileSync(
    path.join(out, 'measured.jsonl'),
    `${JSON.stringify({ name, ok, wall_seconds, ...result })}\n`,
  );
  if (!ok) failed++;
  const said = KEYS.filter((key) => key in result).map((key) => `${key} ${result[key]}`);
  // where there is a trace, what went wrong stands above it
  const words = `${stderr ?? ''}`.trim().split('\n');
  const word =
    result.problems?.[0] ??
    words.find((line) => /error:|^ipcgan/i.test(line)) ??
    words.at(-1) ??
    '';
  const failure = status === undefined ? 'too far from the CPU' : `exit code ${status ?? 'none'}`;
  const why = ok ? [] : [`FAILED (${failure}): ${word.slice(0, 300)}`];
  note(`${name.padEnd(24)} ${[...why, ...said].join(', ')}`);
}
// one that could not be started would hand the signal on to all of its group
if (watcher.pid !== undefined) watcher.kill();

if (train !== undefined) {
  const run_ = path.join(out, 'recommended');
  // drawn people have no labels to match
  const [first] = readFileSync(path.join(data, 'manifest.jsonl'), 'utf8').split('\n', 1);
  const isLabelled = 'race' in JSON.parse(first);
  const trainer = spawnSync(
    process.execPath,
    [
      command,
      'train',
      `--device=${device}`,
      '--config=configs/recommended.yaml',
      ...(isLabelled ? [] : ['--match=none']),
      '--data',
      data,
      '--checkpoint_dir',
      run_,
      '--resume=auto',
    ],
    {
      cwd: root,
      stdio: ['ignore', openSync(path.join(out, 'recommended.log'), 'w'), 'inherit'],
      timeout: Number(train) * 60_000,
      // it finishes its step and saves
      killSignal: 'SIGINT',
    },
  );
  note(`recommended              exit code ${trainer.status ?? trainer.signal}`);
  const exported = spawnSync(
    process.execPath,
    [
      command,
      'export',
      '--to=model',
      '--model',
      run_,
      '--out',
      path.join(out, 'model'),
      '--weights_type=float16',
    ],
    { cwd: root, stdio: 'inherit' },
  );
  if (exported.status !== 0) failed++;
}
process.exitCode = failed > 0 ? 1 : 0;
