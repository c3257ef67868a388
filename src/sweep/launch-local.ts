/** @file A sweep on this machine from lock to report: data, runs, time limit, Ctrl-C. */

import { lockDirectory } from '../files/directory-lock';
import { UserError } from '../errors';
import { watchInterrupts } from '../runs/interrupt';
import type { StopSignal } from '../runs/interrupt';
import { formatSeconds } from '../runs/progress';
import { drawData } from './drawn-data';
import type { TrainerProgram } from './execute-run';
import type { PlannedRun } from './expand';
import { runLocally } from './local';
import type { Sweep } from './plan';
import type { RunState } from './run-state';
import { rungCount } from './rungs';
import { startTimeLimit } from './time-limit';

/** What a launcher that ended says. */
export interface LaunchOutcome {
  /** The signal that stopped it, or null. */
  readonly signal: StopSignal | null;
  /** Whether the hours of the sweep file were over. */
  readonly isOutOfTime: boolean;
}

/** Of the process that launches the sweep. */
export const LAUNCHER_LOCK = 'launcher.lock';
/** Takes a sweep for this launcher; @returns what gives it back. @throws UserError when another living one has it */
export const lockSweep = (directory: string): Promise<() => Promise<void>> =>
  lockDirectory(directory, LAUNCHER_LOCK, ({ name, advice }) => {
    throw new UserError(
      `${directory}: expected a sweep that nobody launches, got one that ${name} does. ${advice} \`ipcgan sweep status\` follows it, \`ipcgan sweep cancel\` stops it.`,
    );
  });

/** The line of a run that ended, and what a failed one wrote last. */
function endLine(sweep: Sweep, run: PlannedRun, state: RunState, rung: number): string {
  const where = rungCount(sweep.definition) > 1 ? ` rung ${rung}` : '';
  const result = state.results.find((one) => one.rung === rung);
  if (state.status === 'failed')
    return [
      `${run.name}:${where} failed: ${state.reason ?? ''}`,
      ...state.tail.map((line) => `    ${line}`),
    ].join('\n');
  if (!result) return `${run.name}:${where} stopped; it goes on when the sweep is resumed`;
  return `${run.name}:${where} ${sweep.definition.metric.name} ${result.metric ?? 'unknown'} after ${result.step} steps, ${formatSeconds(state.seconds)}`;
}

/** Runs what is left of a sweep here. @param say one line for the user */
export async function launchLocally(
  sweep: Sweep,
  trainer: TrainerProgram,
  slots: readonly Readonly<Record<string, string>>[],
  say: (line: string) => void,
): Promise<LaunchOutcome> {
  const unlock = await lockSweep(sweep.directory);
  const stopping = new AbortController();
  const interrupts = watchInterrupts((signal) => {
    say(
      `${signal}: runs finish their step and save; the same sweep goes on with \`ipcgan sweep resume\``,
    );
    stopping.abort();
  });
  const { hours } = sweep.definition.limits;
  const limit = startTimeLimit(hours, () => {
    say(`limits.hours: ${hours ?? ''} hours are over: runs save and stop`);
    stopping.abort();
  });
  try {
    drawData(sweep, trainer);
    const onEnd = (run: PlannedRun, state: RunState, rung: number): void =>
      say(endLine(sweep, run, state, rung));
    await runLocally(sweep, { trainer, slots, stop: stopping.signal, onEnd });
  } finally {
    limit.stop();
    interrupts.stop();
    await unlock();
  }
  return { signal: interrupts.signal(), isOutOfTime: limit.isOver() };
}
