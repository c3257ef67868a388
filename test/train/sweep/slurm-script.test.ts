import { arrayRanges, arrayScript } from '../../../src/train/sweep/slurm-script';
import { definitionOf } from '../../support/sweep';

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
  const script = arrayScript({
    directory: "/shared/it's",
    cwd: '/home',
    rung: 1,
    tasks: [7, 0, 1, 2],
    parallel: 3,
    command: ['node', 'cli.js'],
    settings: slurm,
  });
  expect(script.split('\n')).toEqual([
    '#!/bin/bash',
    "#SBATCH --job-name=ipcgan-it's-1",
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
    `exec apptainer exec --nv x.sif 'node' 'cli.js' sweep task '/shared/it'\\''s' --rung=1 --index="$SLURM_ARRAY_TASK_ID"`,
    '',
  ]);
  expect(arrayRanges([3])).toBe('3');
});
