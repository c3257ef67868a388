/** @file Where every run of a sweep stands: derived from the states of all, by the same rules everywhere. */

import { livenessOf } from '../files/process-owner';
import type { PlannedRun } from './expand';
import { readRunState } from './run-state';
import type { RunState } from './run-state';
import type { Sweep } from './plan';
import { entrants, resultAt, rungCount } from './rungs';
import type { RungResult } from './rungs';

/** What is said of a run. */
export type RunStatus = 'done' | 'stopped_early' | 'failed' | 'running' | 'pending';

/** A run, its state and what that means. */
export interface RunWithStatus {
  readonly run: PlannedRun;
  readonly index: number;
  readonly state: RunState;
  readonly results: readonly RungResult[];
  readonly status: RunStatus;
}

/** Whether all that entered a rung have trained to it, or failed. */
function isSettled(
  sweep: Sweep,
  runs: readonly Omit<RunWithStatus, 'status'>[],
  rung: number,
): boolean {
  return entrants(sweep.definition, runs, rung).every(
    (run) => resultAt(run, rung) !== undefined || run.state.status === 'failed',
  );
}

function statusOf(
  run: Omit<RunWithStatus, 'status'>,
  last: number,
  stopped: ReadonlySet<number>,
): RunStatus {
  if (resultAt(run, last)) return 'done';
  const { status, owner } = run.state;
  if (status === 'failed') return 'failed';
  if (stopped.has(run.index)) return 'stopped_early';
  // of a process on another machine only its own last word is known
  return status === 'running' && owner !== null && livenessOf(owner) === 'dead'
    ? 'pending'
    : status;
}

/** The entry of every run, in the order of the plan. */
export async function readRunStatuses(sweep: Sweep): Promise<RunWithStatus[]> {
  const { definition, directory, runs } = sweep;
  const read = await Promise.all(
    runs.map(async (run) => {
      const state = await readRunState(directory, run.name);
      return { run, index: run.index, state, results: state.results };
    }),
  );
  const stopped = new Set<number>();
  for (let rung = 1; rung < rungCount(definition); rung++) {
    if (!isSettled(sweep, read, rung - 1)) break;
    const promoted = new Set(entrants(definition, read, rung).map(({ index }) => index));
    for (const run of entrants(definition, read, rung - 1))
      if (!promoted.has(run.index)) stopped.add(run.index);
  }
  const last = rungCount(definition) - 1;
  return read.map((run) => ({ ...run, status: statusOf(run, last, stopped) }));
}
