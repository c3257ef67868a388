import { arrayRanges, jobScript } from '../../src/cluster/slurm-script';
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
    log: "/shared/it's/logs/slurm-%A_%a.log",
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
