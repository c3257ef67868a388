/** Sweeps with more runs than a cluster's arrays have tasks, on a Slurm whose commands are shell scripts. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { prepareOnSlurm } from '../../src/data/prepare/prepare-on-slurm';
import { gpusIn } from '../../src/sweep/gpus';
import { launchOnSlurm } from '../../src/sweep/launch-slurm';
import { planSweep, saveSweep } from '../../src/sweep/plan';
import { runSlurmTask } from '../../src/sweep/slurm-task';
import { definitionOf, stubTrainer } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const before = process.env;
afterEach(() => {
  process.env = before;
});

/** Puts a Slurm on the PATH that takes everything and runs nothing. @returns the file of what was submitted */
function slurmOf(maxArraySize: number): string {
  const folder = newFolder();
  const log = path.join(folder, 'submitted');
  const scripts = {
    scontrol: `echo "MaxArraySize            = ${maxArraySize}"`,
    squeue: ':',
    sbatch: `echo "$@" >> '${log}'; expr 40 + $(wc -l < '${log}')`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  process.env = { ...before, PATH: `${folder}:${before.PATH ?? ''}` };
  return log;
}

test('a sweep of five runs where arrays have two tasks: three arrays, one after another, and every run once', async () => {
  const log = slurmOf(2);
  const folder = newFolder();
  const file = path.join(folder, 'x.json');
  writeFileSync(
    file,
    JSON.stringify({
      metric: { name: 'g_loss', goal: 'minimize' },
      base: { max_steps: 8, data: folder },
      parameters: { seed: [1, 2, 3, 4, 5] },
    }),
  );
  const sweep = planSweep(file, path.join(folder, 'sweep'), { threads: 1, launcher: 'slurm' });
  await saveSweep(sweep);
  await launchOnSlurm(sweep, stubTrainer(folder), 2, () => undefined);
  const submitted = readFileSync(log, 'utf8').trim().split('\n');
  expect(submitted.map((line) => /afterany:\d+/.exec(line)?.[0])).toEqual([
    undefined,
    'afterany:41',
    'afterany:42',
  ]);
  const places = submitted.flatMap((line) => {
    const script = readFileSync(line.slice(line.indexOf('/')), 'utf8');
    const [, first, last] = /--array=(\d+)(?:-(\d+))?%2/.exec(script)!;
    const offset = Number(/--index="\$\(\(SLURM_ARRAY_TASK_ID \+ (\d+)\)\)"/.exec(script)![1]);
    return [first, last].flatMap((task) => (task === undefined ? [] : [Number(task) + offset]));
  });
  expect(places).toEqual([0, 1, 2, 3, 4]);
});

/** A sweep file whose runs are trained by so many workers, on what a task asks for. */
function withWorkers(workers: number, gres: string): { file: string; folder: string } {
  const folder = newFolder();
  const file = path.join(folder, 'x.json');
  writeFileSync(
    file,
    JSON.stringify({
      metric: { name: 'g_loss', goal: 'minimize' },
      base: { max_steps: 8, data: folder, batch_size: 8, workers },
      parameters: { seed: [1, 2] },
      slurm: { gres, cpus: 16 },
    }),
  );
  return { file, folder };
}

test('a run of four workers: one task with four GPUs, which starts the workers; its threads are shared', async () => {
  const log = slurmOf(1001);
  const { file, folder } = withWorkers(4, 'gpu:a100:4');
  const sweep = planSweep(file, path.join(folder, 'sweep'), { threads: 16, launcher: 'slurm' });
  await saveSweep(sweep);
  // keeps what it is called with, and fails
  const trainer = path.join(folder, 'trainer.sh');
  writeFileSync(trainer, `echo "$TF_NUM_INTRAOP_THREADS $*" > '${folder}/called'; exit 1\n`);
  const program = { program: '/bin/sh', args: [trainer] };
  await launchOnSlurm(sweep, program, 2, () => undefined);
  const script = readFileSync(readFileSync(log, 'utf8').trim().replace(/^\S+ /, ''), 'utf8');
  for (const line of ['--array=0-1%2', '--ntasks=1', '--cpus-per-task=16', '--gres=gpu:a100:4'])
    expect(script.split('\n')).toContain(`#SBATCH ${line}`);
  process.env = { ...process.env, SLURM_ARRAY_JOB_ID: '4', SLURM_ARRAY_TASK_ID: '0' };
  expect(await runSlurmTask(sweep, 0, 0, program)).toBe(1);
  expect(readFileSync(path.join(folder, 'called'), 'utf8')).toMatch(/^4 train .*--workers=4/);
});

test('fewer GPUs than workers are said before anything is submitted; on this machine nobody asks for any', () => {
  const { file, folder } = withWorkers(4, 'gpu:a100');
  const plan = (launcher: 'local' | 'slurm') =>
    planSweep(file, path.join(folder, 'sweep'), { threads: 16, launcher });
  expect(() => plan('slurm')).toThrow(
    `${file}: slurm: gres: expected a GPU for each of the 4 workers of a run, got gpu:a100. Ask for gpu:4, or lower workers.`,
  );
  expect(plan('local').runs).toHaveLength(2);
});

test.each([
  ['gpu', 1],
  ['gpu:2', 2],
  ['gpu:a100', 1],
  ['gpu:a100:3', 3],
  ['gpu:a100:2(S:0-1),shard:4', 2],
  ['gpu:a100:1,gpu:h100:2', 3],
  ['shard:4', null],
])('--gres=%s has so many GPUs: %s', (gres, count) => {
  expect(gpusIn(gres)).toBe(count);
});

test('more shards than tasks are said before anything is submitted', async () => {
  const log = slurmOf(5);
  const source = { rootFolder: newFolder() } as Parameters<typeof prepareOnSlurm>[0];
  const out = path.join(newFolder(), 'out');
  const settings = { out } as Parameters<typeof prepareOnSlurm>[1];
  await expect(
    prepareOnSlurm(source, settings, {
      shards: 5,
      slurm: definitionOf({ parameters: { seed: [1] } }).slurm,
      command: ['ipcgan'],
      stop: new AbortController().signal,
      say: () => undefined,
    }),
  ).rejects.toThrow("--shards: expected at most 4, since Slurm's MaxArraySize is 5 here, got 5.");
  expect(existsSync(log)).toBe(false);
});
