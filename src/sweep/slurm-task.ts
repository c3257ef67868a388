/** @file One task of a job array: takes its run from the sweep's directory, so that it may be requeued anywhere. */

import { OUT_OF_TIME, requeueTask } from '../cluster/slurm-commands';
import { readLock, removeEndedLock } from '../files/directory-lock';
import { livenessOf, slurmTask } from '../files/process-owner';
import type { ProcessOwner } from '../files/process-owner';
import { UserError } from '../errors';
import { SIGNAL_EXIT_CODE, watchInterrupts } from '../runs/interrupt';
import { RUN_LOCK } from '../runs/run-dir';
import { executeRun } from './execute-run';
import type { TrainerProgram } from './execute-run';
import type { PlannedRun } from './expand';
import { runDirectory, workersOf } from './plan';
import type { Sweep } from './plan';
import { readRunState, writeRunState } from './run-state';
import { entrants } from './rungs';
import { threadEnvironment, threadsEach } from './slots';
import { readRunStatuses } from './run-status';

/**
 * Whoever had this run before has ended: the launcher submits only when no job of the sweep lives, and Slurm starts a task
 * anew only when it has ended its earlier start. So a lock of another machine, which cannot be looked into, does not count.
 */
async function takeOver(sweep: Sweep, run: PlannedRun): Promise<void> {
  const state = await readRunState(sweep.directory, run.name);
  const lock = await readLock(runDirectory(sweep, run), RUN_LOCK);
  // a process that is seen alive here is waited for
  if ([state.owner, lock].some((owner) => owner !== null && livenessOf(owner) === 'alive')) return;
  const isOfSlurm = ({ job }: ProcessOwner): boolean => job !== null;
  await removeEndedLock(runDirectory(sweep, run), RUN_LOCK, isOfSlurm);
  if (state.status === 'running')
    await writeRunState(sweep.directory, run.name, { ...state, status: 'pending', owner: null });
}

/**
 * Trains the run at a place of a rung; nothing where fewer runs have come so far.
 * @returns the exit code
 * @throws UserError outside of Slurm
 */
export async function runSlurmTask(
  sweep: Sweep,
  rung: number,
  place: number,
  trainer: TrainerProgram,
): Promise<number> {
  const task = slurmTask();
  if (task === null)
    throw new UserError(
      'sweep task: expected to be called by Slurm, got no SLURM_JOB_ID. Use `ipcgan sweep run --launcher=slurm`.',
    );
  const run = entrants(sweep.definition, await readRunStatuses(sweep), rung)[place]?.run;
  if (!run) {
    process.stderr.write(`task ${task}: no run came to place ${place} of rung ${rung}\n`);
    return 0;
  }
  process.stderr.write(`task ${task}: ${run.name}, rung ${rung}\n`);
  await takeOver(sweep, run);
  const stopping = new AbortController();
  process.once(OUT_OF_TIME, () => stopping.abort(OUT_OF_TIME));
  const interrupts = watchInterrupts((signal) => stopping.abort(signal));
  // workers share the task's cores
  const environment = threadEnvironment(threadsEach(sweep.threads, workersOf(sweep, run)));
  const state = await executeRun(sweep, run, rung, { trainer, environment, stop: stopping.signal });
  interrupts.stop();
  if (stopping.signal.reason === OUT_OF_TIME) requeueTask(task);
  const signal = interrupts.signal();
  if (signal !== null) return SIGNAL_EXIT_CODE[signal];
  return state.status === 'failed' ? 1 : 0;
}
