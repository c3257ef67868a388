/** Sweeps with more runs than a cluster's arrays have tasks, on a Slurm whose commands are shell scripts. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { prepareOnSlurm } from '../../src/data/prepare/prepare-on-slurm';
import { launchOnSlurm } from '../../src/sweep/launch-slurm';
import { planSweep, saveSweep } from '../../src/sweep/plan';
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
