import { maxArraySizeIn } from '../../src/cluster/slurm-commands';
import { arrayParts, arrayRanges, jobScript } from '../../src/cluster/slurm-script';
import type { JobScript } from '../../src/cluster/slurm-script';
import { readSlurmFile } from '../../src/config/slurm-settings';
import { definitionOf } from '../support/sweep';

test('an array names its tasks, its limit, its resources, and how it is told to save', () => {
  const { slurm } = definitionOf({
    parameters: { seed: [1, 2] },
    slurm: {
      partition: 'gpu',
      gres: 'gpu:a100:1',
      cpus: 4,
      memory: '16G',
      time: '04:00:00',
      setup: ['module load cuda'],
      wrapper: 'apptainer exec --nv x.sif',
    },
  });
  const script = jobScript({
    directory: "/shared/it's",
    part: '1',
    cwd: '/home',
    log: { folder: "/shared/it's/logs", pattern: 'slurm-%A_%a.log' },
    array: { tasks: [7, 0, 1, 2], parallel: 3 },
    command: ['node', 'cli.js', "it's"],
    suffix: '--index="$SLURM_ARRAY_TASK_ID"',
    settings: slurm,
  });
  expect(script.split('\n')).toEqual([
    '#!/bin/bash',
    expect.stringMatching(/^#SBATCH --job-name=ipcgan-it-s-1-[0-9a-f]{10}$/),
    '#SBATCH --array=0-2,7%3',
    '#SBATCH --ntasks=1',
    '#SBATCH --cpus-per-task=4',
    '#SBATCH --requeue',
    '#SBATCH --open-mode=append',
    '#SBATCH --signal=B:USR2@120',
    '#SBATCH --output="/shared/it\'s/logs/slurm-%A_%a.log"',
    '#SBATCH --partition=gpu',
    '#SBATCH --time=04:00:00',
    '#SBATCH --mem=16G',
    '#SBATCH --gres=gpu:a100:1',
    'set -e',
    "cd '/home'",
    'module load cuda',
    `exec apptainer exec --nv x.sif 'node' 'cli.js' 'it'\\''s' --index="$SLURM_ARRAY_TASK_ID"`,
    '',
  ]);
  expect(arrayRanges([3])).toBe('3');
});

test('tasks are taken apart into as few arrays as the cluster’s limit allows', () => {
  expect(arrayParts([0, 1, 5], null)).toEqual([{ tasks: [0, 1, 5], offset: 0 }]);
  expect(arrayParts([0, 1, 2], 3)).toEqual([{ tasks: [0, 1, 2], offset: 0 }]);
  expect(arrayParts([7, 0, 3, 2, 6], 3)).toEqual([
    { tasks: [0, 2], offset: 0 },
    { tasks: [0], offset: 3 },
    { tasks: [1, 0], offset: 6 },
  ]);
  expect(() => arrayParts([0], 0)).toThrow('expected a cluster that allows job arrays');
});

test('the limit is read from what Slurm says of itself', () => {
  expect(maxArraySizeIn('MaxArrayTasks = 9\nMaxArraySize            = 1001\nX = 1\n')).toBe(1001);
  expect(maxArraySizeIn('Slurmctld(primary) at x is UP\n')).toBeNull();
});

describe('what sbatch would read as something else', () => {
  const script = (folder: string, settings: Partial<JobScript['settings']> = {}): string =>
    jobScript({
      directory: '/shared/run',
      part: '1',
      cwd: '/home',
      log: { folder, pattern: 'shard-%a.log' },
      array: null,
      command: ['node'],
      suffix: '',
      settings: { ...readSlurmFile(null), ...settings },
    });

  test('a % in the name of a folder is no pattern; those of the log’s own name are', () => {
    expect(script('/shared/100%a %%j/slurm')).toContain(
      '\n#SBATCH --output="/shared/100%%a %%%%j/slurm/shard-%a.log"\n',
    );
  });

  test.each(['/a"b', '/a\\b', '/a\nb', '/a\u0001b'])('a folder %j is refused', (folder) => {
    expect(() => script(folder)).toThrow(
      `sbatch --output: expected a folder without quotes, backslashes and line breaks, got ${JSON.stringify(folder)}. Choose another --out.`,
    );
  });

  test.each(['partition', 'account', 'qos', 'time', 'memory', 'gres'])(
    '%s is one word: no line of its own, no second option, no comment',
    (name) => {
      for (const value of ['a\n#SBATCH --uid=0', 'a --uid=0', 'a"', 'a#b'])
        expect(() => script('/logs', { [name]: value })).toThrow(
          `slurm settings, ${name}: expected one word without quotes, got ${JSON.stringify(value)}.`,
        );
      expect(script('/logs', { [name]: 'gpu:a100:1(S:0-1),b' })).toContain('gpu:a100:1(S:0-1),b');
    },
  );

  test('an option or the wrapper is one line; all problems are said at once', () => {
    expect(() =>
      script('/logs', { options: ['--a', '--b\nrm -r /'], wrapper: 'x\ny', qos: 'a b' }),
    ).toThrow(
      /^slurm settings, qos: .*\nslurm settings, options: expected single lines, got "--a --b\\nrm -r \/"\. .*\nslurm settings, wrapper: /,
    );
    expect(script('/logs', { options: ['--comment="two words"'] })).toContain(
      '\n#SBATCH --comment="two words"\n',
    );
  });
});
