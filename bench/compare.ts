/**
 * @file Ours and PyTorch's, alternately, so that both meet the same machine; prints each round, and the ratio with its spread.
 *
 *   python3 -m venv torch-venv && torch-venv/bin/pip install torch==2.13.0 numpy
 *   node dist/tools/compare.js --python torch-venv/bin/python [--rounds 5] [--batch 8] [--size 128] [--steps 6] [--generate | --pretrain]
 */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(__dirname, '../..');
const { values: flags } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    batch: { type: 'string', default: '8' },
    size: { type: 'string', default: '128' },
    steps: { type: 'string', default: '6' },
    generate: { type: 'boolean', default: false },
    pretrain: { type: 'boolean', default: false },
  },
});

type Result = Readonly<Record<string, number | string>>;

/** The JSON object on the last line that a command prints. */
function run(command: string, args: readonly string[]): Result {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: expected it to end well, got ${error?.message ?? `status ${status}`}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
}

const { python, rounds, batch, size, steps } = flags;

/** What can be compared: a word of `ipcgan bench`, the peer's script and its flags, and what is printed of both. */
interface Mode {
  readonly word: string;
  readonly script: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly pixels: string;
  /** What is called how, by its key in the results; the first is the whole. */
  readonly timed: Readonly<Record<string, string>>;
}

const GENERATOR = { script: 'torch_step.py', ours: [`--image_size=${size}`], pixels: size };
const STEP: Mode = {
  ...GENERATOR,
  word: 'step',
  theirs: ['--size', size],
  timed: { step_seconds: 'step', d_seconds: "D's part", g_seconds: "G's part" },
};
const GENERATE: Mode = { ...GENERATOR, word: 'generate', theirs: ['--size', size, '--generate'], timed: { batch_seconds: 'generation' } };
const PRETRAIN: Mode = {
  ...{ word: 'pretrain', script: 'torch_pretrain.py', ours: [], theirs: [], pixels: '227' },
  timed: { step_seconds: 'pretraining step' },
};
const mode = flags.pretrain ? PRETRAIN : flags.generate ? GENERATE : STEP;

const ours = (): Result =>
  run(process.execPath, [
    ...[path.join(root, 'dist/cli/index.js'), 'bench', mode.word, '--json'],
    ...[`--batch_size=${batch}`, `--steps=${steps}`, ...mode.ours],
  ]);
const theirs = (): Result => run(python, [path.join(root, 'bench', mode.script), '--batch', batch, '--steps', steps, ...mode.theirs]);

const [seconds = ''] = Object.keys(mode.timed);
const results: { readonly ours: Result; readonly theirs: Result }[] = [];
for (let round = 1; round <= Number(rounds); round++) {
  const result = { ours: ours(), theirs: theirs() };
  results.push(result);
  const ratio = Number(result.ours[seconds]) / Number(result.theirs[seconds]);
  console.log(
    `round ${round}: ours ${result.ours[seconds]} s, ${result.theirs.what} ${result.theirs[seconds]} s, ratio ${ratio.toFixed(3)}`,
  );
}

function spread(key: string): string {
  const ratios = results.map((result) => Number(result.ours[key]) / Number(result.theirs[key])).sort((a, b) => a - b);
  const [middle, least, most] = [ratios[Math.floor(ratios.length / 2)], ratios[0], ratios.at(-1)];
  return `${middle?.toFixed(3)} (${least?.toFixed(3)} to ${most?.toFixed(3)})`;
}
const parts = Object.entries(mode.timed).map(([key, name]) => `${name} ${spread(key)}`);
console.log(`batch ${batch}, ${mode.pixels} px, ours / PyTorch, median (range) of ${rounds}: ${parts.join(', ')}`);
const { ours: last, theirs: peer } = results.at(-1) ?? {};
const kernels = last?.kernels_per_step === undefined ? '' : `; ${last.kernels_per_step} kernels a step`;
if (peer?.peak_rss_gb !== undefined) console.log(`peak RSS ${last?.peak_rss_gb} GB against ${peer.peak_rss_gb} GB${kernels}`);
