/** @file `ipcgan demo`: the whole job on drawn faces, as the commands that a user would type. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Resolved } from '../config/load';
import { LIST_FILES, readList } from '../data/lists';
import { readDataset } from '../data/dataset';
import { metricOf } from '../losses/term';
import { LOSS_TERMS } from '../losses/terms';
import { formatSeconds } from '../runs/progress';

/** Sizes of the demo: everything real, and small. */
interface Preset {
  readonly people: number;
  readonly identitySteps: number;
  readonly ageSteps: number;
  readonly pretrainBatch: number;
  readonly steps: number;
  readonly batch: number;
  readonly logEvery: number;
  readonly shownFaces: number;
  /** Test faces that are judged, and photographs of every age group. */
  readonly judged: number;
}

const FULL: Preset = {
  people: 60,
  identitySteps: 120,
  ageSteps: 150,
  pretrainBatch: 16,
  steps: 800,
  batch: 4,
  logEvery: 10,
  shownFaces: 8,
  judged: 12,
};
const QUICK: Preset = {
  people: 20,
  identitySteps: 3,
  ageSteps: 3,
  pretrainBatch: 4,
  steps: 6,
  batch: 2,
  logEvery: 1,
  shownFaces: 3,
  judged: 2,
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The first directory `out/N` that is not there yet: a demo never overwrites one before it. */
function freeDirectory(out: string): string {
  let n = 1;
  while (existsSync(path.join(out, String(n)))) n++;
  return path.join(out, String(n));
}

/** Runs one command of ours in a directory and shows it; resolves to its exit code. */
function runCommandIn(directory: string, args: readonly string[]): Promise<number> {
  say(`\n$ ipcgan ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(__dirname, 'index.js'), ...args], {
      cwd: directory,
      stdio: ['ignore', 2, 2],
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 2)));
  });
}

function commands(
  directory: string,
  { people, identitySteps, ageSteps, pretrainBatch, steps, batch, logEvery, judged }: Preset,
  device: string,
): { beforeTest: string[][]; afterwards: string[][] } {
  const engine = `--device=${device}`;
  // the age run's trunk has moved, and its identity head with it
  const pretrained = [
    '--alexnet_pretrained_model=checkpoints/age',
    '--age_pretrained_model=checkpoints/age',
  ];
  // what learns fastest; too few steps for dropout to pay
  const pretraining = [
    ...[
      '--data=data',
      '--batch_norm',
      '--optimizer=adam',
      '--learning_rate=0.001',
      '--schedule=cosine',
      '--warmup_steps=10',
    ],
    ...['--head_width=512', '--dropout=0', `--batch_size=${pretrainBatch}`, engine],
  ];
  const half = Math.floor(steps / 2);
  const settings = path.relative(directory, path.join(__dirname, '../../configs/demo.yaml'));
  return {
    beforeTest: [
      ['prepare', 'synthetic', '--out=data', `--people=${people}`],
      ['pretrain', '--task=identity', '--run=identity', `--steps=${identitySteps}`, ...pretraining],
      [
        'pretrain',
        ...[
          '--task=age',
          '--run=age',
          `--steps=${ageSteps}`,
          '--trunk=finetune',
          '--trunk_rate=1',
          '--label_sigma=3',
        ],
        ...['--alexnet_pretrained_model=checkpoints/identity', ...pretraining],
      ],
      [
        ...[
          'train',
          `--config=${settings}`,
          '--data=data',
          '--run=demo',
          `--batch_size=${batch}`,
          `--max_steps=${half}`,
        ],
        ...[`--log_every=${logEvery}`, ...pretrained, engine],
      ],
      ['train', '--run=demo', '--resume', `--max_steps=${steps}`, engine],
    ],
    afterwards: [
      [
        'test',
        '--checkpoint_dir=checkpoints/demo',
        '--test_data_dir=faces',
        '--save_dir=aged',
        engine,
      ],
      [
        'evaluate',
        '--checkpoint_dir=checkpoints/demo',
        '--data=data',
        `--faces=${judged}`,
        `--real_faces=${judged}`,
        engine,
      ],
    ],
  };
}

/** Held-out faces in a folder of their own, as a user's test folder would be. */
async function copyTestFaces(directory: string, count: number): Promise<void> {
  const dataset = await readDataset(path.join(directory, 'data'));
  const names = (await readList(path.join(directory, 'data', LIST_FILES.sources('test')))).map(
    ({ name }) => name,
  );
  await mkdir(path.join(directory, 'faces'), { recursive: true });
  const stride = Math.max(1, Math.floor(names.length / count));
  for (const name of names.filter((_, i) => i % stride === 0).slice(0, count))
    await copyFile(path.join(dataset.rootFolder, name), path.join(directory, 'faces', name));
}

/** One sentence on each of the frozen networks' terms: the first fifth of the steps against the last. */
async function describeTerms(metrics: string): Promise<string[]> {
  const lines = (await readFile(metrics, 'utf8')).trim().split('\n');
  const records = lines.map((line) => JSON.parse(line) as Record<string, number>);
  const fifth = Math.max(1, Math.floor(records.length / 5));
  const mean = (part: readonly Record<string, number>[], name: string): number =>
    part.reduce((sum, record) => sum + (record[name] ?? NaN), 0) / part.length;
  const frozen = LOSS_TERMS.filter((term) => 'isHeldOut' in term).map(metricOf);
  return [...frozen, 'd_loss', 'g_loss'].map((name) => {
    const first = mean(records.slice(0, fifth), name);
    const last = mean(records.slice(-fifth), name);
    return `${name}: ${first.toPrecision(4)} in the first fifth of the steps, ${last.toPrecision(4)} in the last`;
  });
}

/** Data, both pretrained networks, training with a resume in the middle, ageing, evaluation; then where to look. */
export async function runDemo({ config }: Resolved<'demo'>): Promise<number> {
  const started = Date.now();
  const preset = config.quick ? QUICK : FULL;
  const directory = freeDirectory(config.out);
  await mkdir(directory, { recursive: true });
  const { beforeTest, afterwards } = commands(directory, preset, config.device);
  for (const args of beforeTest) {
    const code = await runCommandIn(directory, args);
    if (code !== 0) return code;
  }
  await copyTestFaces(directory, preset.shownFaces);
  for (const args of afterwards) {
    const code = await runCommandIn(directory, args);
    if (code !== 0) return code;
  }
  const run = path.join(directory, 'checkpoints', 'demo');
  const terms = await describeTerms(path.join(run, 'metrics.jsonl'));
  const lines = [
    '',
    `done in ${formatSeconds((Date.now() - started) / 1000)}, on drawn faces and a few minutes of training: the real thing takes days and photographs`,
    ...terms,
    `aged faces:   ${path.join(directory, 'aged', 'contact-sheet.png')}`,
    `evaluation:   ${path.join(run, 'evaluation', 'report.html')}`,
    `samples:      ${path.join(run, 'samples')}`,
    `TensorBoard:  tensorboard --logdir ${path.join(directory, 'checkpoints')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
