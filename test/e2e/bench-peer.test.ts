import { spawnSync } from 'node:child_process';
import { runCli } from '../support/cli';

const PYTHON = process.env.IPCGAN_TORCH_PYTHON ?? 'python3';
const hasTorch = spawnSync(PYTHON, ['-c', 'import torch']).status === 0;
const NAME = 'beside PyTorch';
if (!hasTorch)
  process.stderr.write(
    `SKIPPED: ${NAME}: ${PYTHON} has no PyTorch; IPCGAN_TORCH_PYTHON names one that has\n`,
  );

test.each([
  [
    ['bench', 'data', '--torch_python=python3'],
    '--torch_python: expected it with `bench step`, `bench generate`, `bench pretrain` only',
  ],
  [['bench', '--rounds=2'], '--rounds: expected it with --torch_python only, got it without.'],
  [
    ['bench', 'step', '--torch_python=python3', '--width=0.5'],
    '--width: expected it without --torch_python, got both.',
  ],
  [
    ['bench', 'step', '--torch_python=/nowhere/python'],
    '--torch_python: expected a Python that has PyTorch, got /nowhere/python: ',
  ],
])('%j is an error that says what was expected', (args, message) => {
  const { status, stdout, stderr } = runCli(args);
  expect([status, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)]);
});

(hasTorch ? describe : describe.skip)(NAME, () => {
  test.each([
    ['step', ['--image_size=32'], ['step_seconds']],
    ['step', ['--image_size=32', '--compile=off'], ['step_seconds', 'd_seconds', 'g_seconds']],
    ['generate', ['--image_size=32'], ['batch_seconds']],
    ['pretrain', ['--head_width=16', '--optimizer=adam', '--batch_norm'], ['step_seconds']],
  ])(
    'bench %s measures both in turn with the same settings, and prints how often ours takes the time of PyTorch',
    (word, flags, timed) => {
      const common = [
        `--torch_python=${PYTHON}`,
        '--batch_size=2',
        '--steps=1',
        '--rounds=2',
        '--json',
      ];
      const { status, stdout, stderr } = runCli(['bench', word, ...flags, ...common]);
      expect([status, stderr]).toEqual([
        0,
        expect.stringMatching(/^round 1\/2: ours [\d.]+ s, torch .*\nround 2\/2: /),
      ]);
      type Measured = Record<string, number>;
      const { rounds, ratios } = JSON.parse(stdout) as {
        rounds: { ours: Measured; torch: Measured }[];
        ratios: Record<string, { median: number; least: number; most: number }>;
      };
      expect(Object.keys(ratios)).toEqual(timed);
      for (const { ours, torch } of rounds)
        for (const name of ['batch', 'size', 'head_width', 'optimizer'])
          expect([name, ours[name]]).toEqual([name, torch[name]]);
      for (const key of timed) {
        const each = rounds
          .map(({ ours, torch }) => Number((ours[key]! / torch[key]!).toFixed(3)))
          .sort((a, b) => a - b);
        expect(ratios[key]).toEqual({ median: each[1], least: each[0], most: each[1] });
      }
    },
  );
});
