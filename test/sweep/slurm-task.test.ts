import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { ownerOf } from '../../src/files/process-owner';
import { planSweep, saveSweep } from '../../src/sweep/plan';
import { readRunState, UNSTARTED, writeRunState } from '../../src/sweep/run-state';
import { runSlurmTask } from '../../src/sweep/slurm-task';
import { stubTrainer } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const before = process.env;
afterEach(() => {
  process.env = before;
});

test('a task takes its run over from a node that is gone, lock and all; what somebody trains by hand on another machine stays his', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'x.yaml');
  writeFileSync(
    file,
    stringify({
      metric: { name: 'g_loss', goal: 'minimize' },
      base: { max_steps: 8 },
      parameters: { learning_rate: [0.1, 0.2] },
    }),
  );
  const sweep = planSweep(file, path.join(folder, 'sweep'), { threads: 1, launcher: 'slurm' });
  await saveSweep(sweep);
  const elsewhere = { ...ownerOf(process.pid), host: 'node17', boot: 'other', job: '3_0' };
  const lockOf = (name: string): string => path.join(sweep.directory, 'runs', name, 'lock');
  for (const [name, job] of [
    ['lr0.1', '3_0'],
    ['lr0.2', null],
  ] as const) {
    mkdirSync(path.dirname(lockOf(name)), { recursive: true });
    writeFileSync(lockOf(name), JSON.stringify({ ...elsewhere, job }));
    await writeRunState(sweep.directory, name, {
      ...UNSTARTED,
      status: 'running',
      owner: elsewhere,
    });
  }
  process.env = { ...before, SLURM_ARRAY_JOB_ID: '4', SLURM_ARRAY_TASK_ID: '0' };
  for (const place of [0, 1])
    expect(await runSlurmTask(sweep, 0, place, stubTrainer(folder))).toBe(0);
  expect((await readRunState(sweep.directory, 'lr0.1')).results).toHaveLength(1);
  expect([existsSync(lockOf('lr0.1')), existsSync(lockOf('lr0.2'))]).toEqual([false, true]);
});

test('a task is for Slurm to call', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'x.yaml');
  writeFileSync(
    file,
    stringify({ metric: { name: 'g_loss', goal: 'minimize' }, parameters: { seed: [1, 2] } }),
  );
  const sweep = planSweep(file, path.join(folder, 'sweep'), { threads: 1, launcher: 'slurm' });
  await expect(runSlurmTask(sweep, 0, 0, stubTrainer(folder))).rejects.toThrow(
    'sweep task: expected to be called by Slurm',
  );
});
