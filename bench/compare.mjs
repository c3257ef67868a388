// Ours and PyTorch's training step, alternately: `node bench/compare.mjs PYTHON [rounds] [batch] [size]`, where PYTHON has torch 2.13:
//   python3 -m venv torch-venv && torch-venv/bin/pip install torch==2.13.0 numpy && node bench/compare.mjs torch-venv/bin/python
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const [python = 'python3', rounds = '5', batch = '8', size = '128'] = process.argv.slice(2);

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: expected it to end well, got status ${status}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const results = [];
for (let round = 1; round <= Number(rounds); round++) {
  const ours = run(process.execPath, [
    path.join(root, 'dist/cli/index.js'),
    'bench',
    'step',
    '--json',
    `--batch_size=${batch}`,
    `--image_size=${size}`,
  ]);
  const peer = run(python, [path.join(root, 'bench/torch_step.py'), '--batch', batch, '--size', size]);
  const ratio = (key) => ours[key] / peer[key];
  results.push({ ours, peer, ratio: ratio('step_seconds'), d: ratio('d_seconds'), g: ratio('g_seconds') });
  console.log(`round ${round}: ${ours.step_seconds} s, ${peer.what} ${peer.step_seconds} s, ratio ${ratio('step_seconds').toFixed(3)}`);
}
const all = (key) => results.map((result) => result[key]);
const spread = (key) => `${middle(all(key)).toFixed(3)} (${Math.min(...all(key)).toFixed(3)} to ${Math.max(...all(key)).toFixed(3)})`;
console.log(
  `batch ${batch}, ${size} px, ours / PyTorch, median (range) of ${rounds}: step ${spread('ratio')}, D's part ${spread('d')}, G's part ${spread('g')}`,
);
console.log(
  `peak RSS ${results.at(-1).ours.peak_rss_gb} GB against ${results.at(-1).peer.peak_rss_gb} GB; ${results.at(-1).ours.kernels_per_step} kernels a step`,
);
