/** @file Runs a sweep on this machine: several processes at a time, rung after rung. */

import type { SweepDefinition } from '../config/sweep-file';
import { UserError } from '../errors';
import { executeRun, mayRetry } from './execute-run';
import type { TrainerProgram } from './execute-run';
import type { PlannedRun } from './expand';
import { knownMetrics, readMetricLines } from './metric';
import { runDirectory, workersOf } from './plan';
import type { Sweep } from './plan';
import type { RunState } from './run-state';
import { entrants, resultAt, rungCount } from './rungs';
import { readRunStatuses } from './run-status';
import type { RunWithStatus } from './run-status';
import { environmentInSlot } from './slots';

/** How a sweep is run here. */
export interface LocalSettings {
  readonly trainer: TrainerProgram;
  /** Variables of each run that may go on at a time. */
  readonly slots: readonly Readonly<Record<string, string>>[];
  /** Stops all runs gracefully when it fires. */
  readonly stop: AbortSignal;
  readonly onEnd: (run: PlannedRun, state: RunState, rung: number) => void;
}

/** Does the jobs, as many at a time as there are slots, each with the slot that it got. */
async function inSlots<Job, Slot>(
  jobs: readonly Job[],
  slots: readonly Slot[],
  work: (job: Job, slot: Slot) => Promise<void>,
): Promise<void> {
  const waiting = [...jobs];
  await Promise.all(
    slots.map(async (slot) => {
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift())
        await work(job, slot);
    }),
  );
}

/** @throws UserError when a run that ended knows no such metric, and halving would go by nothing; one whose term is off only comes last */
async function checkMetric(
  sweep: Sweep,
  run: PlannedRun,
  state: RunState,
  { stop_early, metric }: SweepDefinition,
): Promise<void> {
  const last = state.results.at(-1);
  if (stop_early === null || last?.metric !== null) return;
  if ((await readMetricLines(runDirectory(sweep, run))).some((line) => metric.name in line)) return;
  const known = await knownMetrics(runDirectory(sweep, run), last.step);
  throw new UserError(
    `metric.name: expected a metric that runs have (${known.join(', ')}), got ${metric.name}. Start a new sweep with one of them.`,
  );
}

/** What is left to do of a rung; what failed in this launch waits for the next. */
function unfinished(
  definition: SweepDefinition,
  statuses: readonly RunWithStatus[],
  rung: number,
  tried: ReadonlySet<string>,
): PlannedRun[] {
  return entrants(definition, statuses, rung)
    .filter((entry) => resultAt(entry, rung) === undefined)
    .filter(
      ({ run, state }) =>
        state.status !== 'failed' ||
        (!tried.has(run.name) && mayRetry(state, definition.limits.retries)),
    )
    .map(({ run }) => run);
}

/**
 * Trains every run as far as the sweep wants it; crashes stay their own. Returns early when told to stop.
 * @throws UserError for a metric that no run has, when all that run have saved and stopped
 */
export async function runLocally(
  sweep: Sweep,
  { trainer, slots, stop, onEnd }: LocalSettings,
): Promise<void> {
  const { definition } = sweep;
  const tried = new Set<string>();
  const failing = new AbortController();
  const stopping = AbortSignal.any([stop, failing.signal]);
  const failures: unknown[] = [];
  for (let rung = 0; rung < rungCount(definition); rung++) {
    const jobs = unfinished(definition, await readRunStatuses(sweep), rung, tried);
    await inSlots(jobs, slots, async (run, slot) => {
      if (stopping.aborted) return;
      tried.add(run.name);
      const environment = environmentInSlot(slot, sweep.threads, workersOf(sweep, run));
      const state = await executeRun(sweep, run, rung, { trainer, environment, stop: stopping });
      onEnd(run, state, rung);
      await checkMetric(sweep, run, state, definition).catch((error: unknown) => {
        failures.push(error);
        failing.abort();
      });
    });
    if (failures.length > 0) throw failures[0];
    if (stop.aborted) return;
  }
}
