/** @file A sweep on a Slurm cluster: one job array a rung, each waiting for the one before; submitted, followed, submitted again. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cancelJobs, livingJobs, maxArraySize, submit } from '../cluster/slurm-commands';
import { arrayParts, jobScript } from '../cluster/slurm-script';
import { replaceFile } from '../files/durable-write';
import { watchInterrupts } from '../runs/interrupt';
import type { InterruptWatch } from '../runs/interrupt';
import { drawData } from './drawn-data';
import { mayRetry } from './execute-run';
import type { TrainerProgram } from './execute-run';
import { lockSweep } from './launch-local';
import type { LaunchOutcome } from './launch-local';
import type { Sweep } from './plan';
import { entrants, resultAt, rungCount, rungSizes } from './rungs';
import { readRunStatuses } from './run-status';
import type { RunWithStatus } from './run-status';
import { startTimeLimit } from './time-limit';
import type { TimeLimit } from './time-limit';

const FOLDER = 'slurm';
const POLL_MILLISECONDS = 2000;

/** Places in the ranking whose run still has to train at a rung; all of a rung whose entrants are not known yet. */
function openTasks(
  { definition, runs }: Sweep,
  statuses: readonly RunWithStatus[],
  rung: number,
): number[] {
  const size = rungSizes(definition, runs.length)[rung] ?? 0;
  if (rung > 0) return Array.from({ length: size }, (_, i) => i);
  const isOpen = (entry: RunWithStatus): boolean =>
    resultAt(entry, rung) === undefined &&
    (entry.state.status !== 'failed' || mayRetry(entry.state, definition.limits.retries));
  return entrants(definition, statuses, rung).flatMap((entry, place) =>
    isOpen(entry) ? [place] : [],
  );
}

/** Writes and submits an array, or as many as the cluster's limit demands, for every rung that has something to do. @returns numbers of the jobs */
async function submitRungs(
  sweep: Sweep,
  trainer: TrainerProgram,
  parallel: number,
): Promise<string[]> {
  const { directory, cwd, definition } = sweep;
  const statuses = await readRunStatuses(sweep);
  const jobs: string[] = [];
  const limit = maxArraySize();
  await mkdir(path.join(directory, FOLDER), { recursive: true });
  for (let rung = 0; rung < rungCount(definition); rung++) {
    const tasks = openTasks(sweep, statuses, rung);
    if (tasks.length === 0) continue;
    for (const [i, array] of arrayParts(tasks, limit).entries()) {
      const part = i === 0 ? String(rung) : `${rung}-${i}`;
      const file = path.join(directory, FOLDER, `rung-${part}.sbatch`);
      const script = jobScript({
        directory,
        part,
        cwd,
        log: { folder: path.join(directory, 'logs'), pattern: 'slurm-%A_%a.log' },
        array: { tasks: array.tasks, parallel },
        command: [trainer.program, ...trainer.args, 'sweep', 'task', directory, `--rung=${rung}`],
        suffix: `--index="$((SLURM_ARRAY_TASK_ID + ${array.offset}))"`,
        settings: definition.slurm,
      });
      await replaceFile(file, script);
      const before = jobs.at(-1);
      // what failed or was stopped in a rung must not hold up the next one; arrays of one rung take turns, since `parallel` is for all of them
      jobs.push(submit(file, before === undefined ? null : { kind: 'afterany', job: before }));
    }
  }
  return jobs;
}

const jobsOf = ({ directory }: Sweep): string[] => livingJobs(directory).map(({ job }) => job);

const isUnfinished = ({ definition }: Sweep, { status, state }: RunWithStatus): boolean =>
  status === 'pending' ||
  status === 'running' ||
  (status === 'failed' && mayRetry(state, definition.limits.retries));

/** Says what has changed since the last look. */
function sayChanges(
  statuses: readonly RunWithStatus[],
  seen: Map<string, string>,
  say: (line: string) => void,
): void {
  for (const { run, status, state, results } of statuses) {
    const text =
      status === 'failed'
        ? `failed: ${state.reason ?? ''}`
        : results.length > 0 && status === 'pending'
          ? `at rung ${results.length}`
          : status;
    if (text !== (seen.get(run.name) ?? 'pending')) say(`${run.name}: ${text}`);
    seen.set(run.name, text);
  }
}

/** Follows the jobs of a sweep until none lives or a signal comes; when the time is over, takes them off and waits until they have saved. */
async function follow(
  sweep: Sweep,
  say: (line: string) => void,
  limit: TimeLimit,
  interrupts: InterruptWatch,
): Promise<void> {
  const seen = new Map<string, string>();
  for (let isCancelled = false; jobsOf(sweep).length > 0 && interrupts.signal() === null;) {
    if (limit.isOver() && !isCancelled) {
      cancelJobs(jobsOf(sweep));
      isCancelled = true;
    }
    sayChanges(await readRunStatuses(sweep), seen, say);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  sayChanges(await readRunStatuses(sweep), seen, say);
}

/** Submits what is left of a sweep, or finds the jobs that an earlier launcher submitted, and follows them to their end. */
export async function launchOnSlurm(
  sweep: Sweep,
  trainer: TrainerProgram,
  parallel: number,
  say: (line: string) => void,
): Promise<LaunchOutcome> {
  const unlock = await lockSweep(sweep.directory);
  const interrupts = watchInterrupts((signal) =>
    say(
      `${signal}: the cluster goes on; \`ipcgan sweep resume\` follows it again, \`ipcgan sweep cancel\` stops it`,
    ),
  );
  const { hours } = sweep.definition.limits;
  const limit = startTimeLimit(hours, () =>
    say(`limits.hours: ${hours ?? ''} hours are over: runs save and stop`),
  );
  try {
    drawData(sweep, trainer);
    const living = jobsOf(sweep);
    if (living.length > 0)
      say(`jobs ${living.join(', ')} were submitted before and live; following them`);
    else {
      const isOver = !(await readRunStatuses(sweep)).some((entry) => isUnfinished(sweep, entry));
      const jobs = isOver ? [] : await submitRungs(sweep, trainer, parallel);
      say(jobs.length > 0 ? `submitted as job ${jobs.join(', ')}` : 'nothing is left to do');
    }
    await follow(sweep, say, limit, interrupts);
    return { signal: interrupts.signal(), isOutOfTime: limit.isOver() };
  } finally {
    limit.stop();
    interrupts.stop();
    await unlock();
  }
}

/** @returns the jobs that were taken off the cluster */
export function cancelOnSlurm(sweep: Sweep): string[] {
  const living = jobsOf(sweep);
  cancelJobs(living);
  return living;
}
