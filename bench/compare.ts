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

const { python, rounds, batch, size, steps, generate, pretrain } = flags;
const ours = (): Result =>
  run(process.execPath, [
    path.join(root, 'dist/cli/index.js'),
    ...['bench', pretrain ? 'pretrain' : generate ? 'generate' : 'step', '--json'],
    ...[`--batch_size=${batch}`, `--steps=${steps}`],
    ...(pretrain ? [] : [`--image_size=${size}`]),
  ]);
const theirs = (): Result =>
  run(python, [
    path.join(root, pretrain ? 'bench/torch_pretrain.py' : 'bench/torch_step.py'),
    ...['--batch', batch, '--steps', steps],
    ...(pretrain ? [] : ['--size', size]),
    ...(generate ? ['--generate'] : []),
  ]);

const seconds = generate ? 'batch_seconds' : 'step_seconds';
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
const what = `batch ${batch}, ${pretrain ? 227 : size} px, ours / PyTorch, median (range) of ${rounds}`;
const last = results.at(-1);
if (pretrain)
  console.log(`${what}: pretraining step ${spread(seconds)}; peak RSS ${last?.ours.peak_rss_gb} GB against ${last?.theirs.peak_rss_gb} GB`);
else if (generate) console.log(`${what}: generation ${spread(seconds)}`);
else {
  console.log(`${what}: step ${spread(seconds)}, D's part ${spread('d_seconds')}, G's part ${spread('g_seconds')}`);
  console.log(
    `peak RSS ${last?.ours.peak_rss_gb} GB against ${last?.theirs.peak_rss_gb} GB; ${last?.ours.kernels_per_step} kernels a step`,
  );
}
