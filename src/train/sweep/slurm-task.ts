/** @file One task of a job array: takes its run from the sweep's directory, so that it may be requeued anywhere. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import { SIGNAL_EXIT_CODE, watchInterrupts } from '../interrupt';
import { executeRun } from './execute-run';
import type { Trainer } from './execute-run';
import type { PlannedRun } from './expand';
import { runDirectory } from './plan';
import type { Sweep } from './plan';
import { readRunState, writeRunState } from './run-state';
import { entrants } from './rungs';
import { requeueTask } from './slurm-commands';
import { threadEnvironment } from './slots';
import { readStandings } from './standing';

/** Comes before the time of a task is over (`--signal=B:USR2@…`). */
const OUT_OF_TIME = 'SIGUSR2';

/** This task as Slurm names it, JOB_TASK; null outside of Slurm. */
function taskName(): string | null {
  const { SLURM_ARRAY_JOB_ID: job, SLURM_ARRAY_TASK_ID: task } = process.env;
  return job === undefined || task === undefined ? null : `${job}_${task}`;
}

/** Slurm has ended whoever had this run before: neither its lock nor its last word counts. */
async function takeOver(sweep: Sweep, run: PlannedRun): Promise<void> {
  const state = await readRunState(sweep.directory, run.name);
  if (state.status !== 'running') return;
  await rm(path.join(runDirectory(sweep, run), 'lock'), { force: true });
  await writeRunState(sweep.directory, run.name, { ...state, status: 'pending', owner: null });
}

/**
 * Trains the run at a place of a rung; nothing where fewer runs have come so far.
 * @returns the exit code
 * @throws UserError outside of Slurm
 */
export async function runSlurmTask(sweep: Sweep, rung: number, place: number, trainer: Trainer): Promise<number> {
  const task = taskName();
  if (task === null)
    throw new UserError('sweep task: expected to be called by Slurm, got no SLURM_ARRAY_JOB_ID. Use `ipcgan sweep run --launcher=slurm`.');
  const run = entrants(sweep.definition, await readStandings(sweep), rung)[place]?.run;
  if (!run) {
    process.stderr.write(`task ${task}: no run came to place ${place} of rung ${rung}\n`);
    return 0;
  }
  process.stderr.write(`task ${task}: ${run.name}, rung ${rung}\n`);
  await takeOver(sweep, run);
  const stopping = new AbortController();
  process.once(OUT_OF_TIME, () => stopping.abort(OUT_OF_TIME));
  const interrupts = watchInterrupts((signal) => stopping.abort(signal));
  const environment = threadEnvironment(sweep.threads);
  const state = await executeRun(sweep, run, rung, { trainer, environment, job: task, stop: stopping.signal });
  interrupts.stop();
  if (stopping.signal.reason === OUT_OF_TIME) requeueTask(task);
  const signal = interrupts.signal();
  if (signal !== null) return SIGNAL_EXIT_CODE[signal];
  return state.status === 'failed' ? 1 : 0;
}
