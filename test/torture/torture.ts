/**
 * @file `npm run torture -- [--only=PART,…] [--times=N] [--seed=1] [--home=FOLDER]`: breaks runs in every way that is thought of, and prints
 * what came of it: a line for each part, with its tries and its faults. Exit code 1 where something is not as docs/reliability.md promises.
 */

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { crc32c } from 'tensorboard-logger-ts';
import { createRandom } from '../../src/statistics/random';
import { run } from './command';
import { damage } from './damage';
import { cutPreparing, cutTraining, fillCheckpoints, fillDataSets } from './disk';
import { killPreparing, killPretraining, killSweep, killTraining } from './kills';
import type { Outcome, Part } from './part';
import { hangUp, interrupt, terminate, twoAtOnce } from './signals';
import { smallSteps, wideSteps } from './steps';

/** Parts with the tries of a whole torture. */
const PARTS: Readonly<Record<string, readonly [part: Part, times: number]>> = {
  'kill-train': [killTraining, 50],
  'kill-pretrain': [killPretraining, 50],
  'kill-prepare': [killPreparing, 50],
  'kill-sweep': [killSweep, 50],
  sigterm: [terminate, 20],
  sigint: [interrupt, 10],
  sighup: [hangUp, 10],
  two: [twoAtOnce, 20],
  damage: [damage, 20],
  'full-checkpoint': [fillCheckpoints, 1000],
  'full-dataset': [fillDataSets, 1000],
  'cut-train': [cutTraining, 20],
  'cut-prepare': [cutPreparing, 20],
  steps: [smallSteps, 1000],
  'steps-wide': [wideSteps, 300],
};

const SWEEP = `base:
  data: data
  image_size: 32
  width: 0.1
  batch_size: 2
  fea_layer_name: conv3
  age_loss_weight: 0
  allow_untrained: true
  max_steps: 9
  log_every: 1
  held_out_faces: 2
  sample_every: 9
  save_every: 3
parameters: { gan_loss_weight: [50, 75] }
metric: { name: g_loss, goal: minimize }
limits: { parallel: 1, retries: 1000 }
`;

/** Eight drawn people, made once in a folder. */
async function drawnData(home: string): Promise<string> {
  const data = path.join(home, 'data');
  if (existsSync(data)) return data;
  const made = path.join(home, 'made');
  mkdirSync(made, { recursive: true });
  await run(
    ['prepare', 'synthetic', '--out=data', '--people=8', '--test_share=0.25', '--pairs=40'],
    made,
  );
  renameSync(path.join(made, 'data'), data);
  return data;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      times: { type: 'string' },
      seed: { type: 'string', default: '1' },
      home: { type: 'string' },
    },
  });
  const only = values.only?.split(',') ?? Object.keys(PARTS);
  const unknown = only.filter((name) => !(name in PARTS));
  if (unknown.length > 0)
    throw new Error(
      `--only: expected some of ${Object.keys(PARTS).join(', ')}, got ${unknown.join(', ')}.`,
    );
  const home = values.home ?? mkdtempSync(path.join(tmpdir(), 'ipcgan-torture-'));
  const data = await drawnData(home);
  writeFileSync(path.join(home, 'sweep.yaml'), SWEEP);
  let found = 0;
  for (const name of only) {
    const [part, usual] = PARTS[name] ?? [];
    if (!part) continue;
    const own = path.join(home, name);
    rmSync(own, { recursive: true, force: true });
    mkdirSync(own, { recursive: true });
    const started = performance.now();
    const { tries, faults, note } = await part({
      home: own,
      data,
      random: createRandom(crc32c(Buffer.from(`${name} ${values.seed}`))),
      times: Number(values.times ?? usual),
      say: (line) => void process.stderr.write(`${name}: ${line}\n`),
    }).catch((error: unknown): Outcome => ({
      tries: 0,
      faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
      note: 'it came to no end',
    }));
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    process.stdout.write(
      `${name}: ${tries} tries, ${faults.length} faults (${note}; ${minutes} minutes)\n`,
    );
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
    // what is wrong can be looked at
    if (faults.length === 0) rmSync(own, { recursive: true, force: true });
    found += faults.length;
  }
  if (values.home === undefined && found === 0) rmSync(home, { recursive: true, force: true });
  return found === 0 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.exitCode = 1;
  },
);
