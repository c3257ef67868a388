/** @file `ipcgan demo`: what the model that comes with the package makes of people, then the whole job on drawn ones, as the commands that a user would type. */

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
import { shippedModel } from '../weights/shipped';

/** Sizes of the demo: everything real, and small. */
interface Preset {
  readonly people: number;
  /** Where no perceptual networks come with the package. */
  readonly identitySteps: number;
  readonly ageSteps: number;
  readonly pretrainBatch: number;
  /** Steps that tell how fast the machine is. */
  readonly firstSteps: number;
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
  firstSteps: 20,
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
  firstSteps: 3,
  batch: 2,
  logEvery: 1,
  shownFaces: 3,
  judged: 2,
};
/** All steps of a quick demo. */
const QUICK_STEPS = 6;

/** Fewest and most steps of a demo that is not quick: fewer show nothing, more than people wait for. */
const STEPS = { least: 100, most: 4000 };
/** Ageing and judging afterwards take as long as so many steps. */
const STEPS_OF_REST = 200;
/** And starting the programs that do it, in seconds. */
const SECONDS_OF_REST = 15;

/** People who are aged by the model that comes with the package, beside the portrait. */
const SHOWN_PEOPLE = 5;
/** A photograph in the public domain; see the note beside it. */
const PORTRAIT = path.join(__dirname, '../../demo/astronaut.png');
const SHEET = 'contact-sheet.png';

/** How many steps fit into the seconds that are left, with what comes after them. */
export function stepsWithin(seconds: number, stepSeconds: number): number {
  const steps = Math.floor((seconds - SECONDS_OF_REST) / stepSeconds) - STEPS_OF_REST;
  return Math.min(STEPS.most, Math.max(STEPS.least, steps));
}

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

/** What the losses look through where the package brings nothing: both networks pretrained in a few minutes, the second on the first's trunk. */
function pretraining(
  { identitySteps, ageSteps, pretrainBatch }: Preset,
  engine: string,
): { readonly commands: string[][]; readonly networks: string[] } {
  // what learns fastest; too few steps for dropout to pay
  const common = [
    ...['--data=data', '--batch_norm', '--optimizer=adam', '--learning_rate=0.001'],
    ...['--schedule=cosine', '--warmup_steps=10', '--head_width=512', '--dropout=0'],
    ...[`--batch_size=${pretrainBatch}`, engine],
  ];
  return {
    commands: [
      ['pretrain', '--task=identity', '--run=identity', `--steps=${identitySteps}`, ...common],
      [
        ...['pretrain', '--task=age', '--run=age', `--steps=${ageSteps}`],
        ...['--trunk=finetune', '--trunk_rate=1', '--label_sigma=3'],
        ...['--alexnet_pretrained_model=checkpoints/identity', ...common],
      ],
    ],
    // the age run's trunk has moved, and its identity head with it
    networks: [
      '--alexnet_pretrained_model=checkpoints/age',
      '--age_pretrained_model=checkpoints/age',
    ],
  };
}

/** Held-out faces in a folder of their own, as a user's test folder would be. */
async function copyTestFaces(directory: string, to: string, count: number): Promise<void> {
  const dataset = await readDataset(path.join(directory, 'data'));
  const names = (await readList(path.join(directory, 'data', LIST_FILES.sources('test')))).map(
    ({ name }) => name,
  );
  await mkdir(to, { recursive: true });
  const stride = Math.max(1, Math.floor(names.length / count));
  for (const name of names.filter((_, i) => i % stride === 0).slice(0, count))
    await copyFile(path.join(dataset.rootFolder, name), path.join(to, name));
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

/** Drawn people and a portrait, aged by the model that comes with the package; the sheet. */
async function showShippedModel(directory: string, count: number, engine: string): Promise<number> {
  const photographs = path.join(directory, 'photographs');
  await mkdir(photographs, { recursive: true });
  if (existsSync(PORTRAIT)) await copyFile(PORTRAIT, path.join(photographs, 'portrait.png'));
  await copyTestFaces(directory, photographs, count);
  const code = await runCommandIn(directory, ['age', 'photographs', '--out=aged', engine]);
  if (code === 0)
    say(`\naged by the model that comes with ipcgan: ${path.join(directory, 'aged', SHEET)}`);
  return code;
}

/** Images a second of the newest line of metrics.jsonl. */
async function imagesPerSecond(metrics: string): Promise<number> {
  const last = (await readFile(metrics, 'utf8')).trim().split('\n').at(-1) ?? '{}';
  return (JSON.parse(last) as { images_per_second?: number }).images_per_second ?? 1;
}

/** Data, the model that comes with the package, training from nothing with a resume on the way, ageing, evaluation; then where to look. */
export async function runDemo({ config }: Resolved<'demo'>): Promise<number> {
  const began = config.since === null ? Date.now() : config.since * 1000;
  const preset = config.quick ? QUICK : FULL;
  const directory = freeDirectory(config.out);
  await mkdir(directory, { recursive: true });
  const engine = `--device=${config.device}`;
  const run = path.join(directory, 'checkpoints', 'demo');
  const { batch, firstSteps, judged } = preset;
  const inTurn = async (commands: readonly string[][]): Promise<number> => {
    for (const args of commands) {
      const code = await runCommandIn(directory, args);
      if (code !== 0) return code;
    }
    return 0;
  };

  let code = await inTurn([['prepare', 'synthetic', '--out=data', `--people=${preset.people}`]]);
  const isShown = shippedModel('generator') !== null;
  if (code === 0 && isShown) code = await showShippedModel(directory, SHOWN_PEOPLE, engine);
  if (code !== 0) return code;

  const own = shippedModel('perceptual') === null ? pretraining(preset, engine) : null;
  const settings = path.relative(directory, path.join(__dirname, '../../configs/demo.yaml'));
  code = await inTurn([
    ...(own?.commands ?? []),
    [
      ...['train', `--config=${settings}`, '--data=data', '--run=demo', `--batch_size=${batch}`],
      ...[`--max_steps=${firstSteps}`, `--log_every=${preset.logEvery}`],
      ...[...(own?.networks ?? []), engine],
    ],
  ]);
  if (code !== 0) return code;

  const stepSeconds = batch / (await imagesPerSecond(path.join(run, 'metrics.jsonl')));
  const left = config.minutes * 60 - (Date.now() - began) / 1000;
  const steps = config.quick ? QUICK_STEPS : stepsWithin(left, stepSeconds);
  if (!config.quick)
    say(
      `\na step takes ${stepSeconds.toPrecision(2)} s here, and ${formatSeconds(Math.max(0, left))} of --minutes=${config.minutes} are left: ${steps} steps`,
    );
  code = await inTurn([['train', '--run=demo', '--resume', `--max_steps=${steps}`, engine]]);
  if (code !== 0) return code;
  await copyTestFaces(directory, path.join(directory, 'faces'), preset.shownFaces);
  code = await inTurn([
    [
      ...['test', '--checkpoint_dir=checkpoints/demo', '--test_data_dir=faces'],
      ...['--save_dir=aged-by-demo', engine],
    ],
    [
      ...['evaluate', '--checkpoint_dir=checkpoints/demo', '--data=data'],
      ...[`--faces=${judged}`, `--real_faces=${judged}`, engine],
    ],
  ]);
  if (code !== 0) return code;

  const lines = [
    '',
    `done in ${formatSeconds((Date.now() - began) / 1000)}`,
    ...(await describeTerms(path.join(run, 'metrics.jsonl'))),
    ...(isShown
      ? [
          `people and a portrait, by the model that comes with ipcgan: ${path.join(directory, 'aged', SHEET)}`,
        ]
      : []),
    `people, by ${steps} steps of training on ${preset.people} drawn ones: ${path.join(directory, 'aged-by-demo', SHEET)}`,
    `evaluation:   ${path.join(run, 'evaluation', 'report.html')}`,
    `samples:      ${path.join(run, 'samples')}`,
    `TensorBoard:  tensorboard --logdir ${path.join(directory, 'checkpoints')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
