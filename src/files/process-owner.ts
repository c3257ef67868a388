/** @file The identity of a process, by which another process, perhaps on another machine or in another container, tells whether it still runs. */

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process as locks and states of runs describe it. */
export interface ProcessOwner {
  readonly host: string;
  /** Of the running kernel: a new one after every start of the machine, the same in all containers on it. */
  readonly boot: string;
  /** The PID namespace: the same number means different processes in different containers. */
  readonly namespace: string;
  readonly pid: number;
  /** When it started, in clock ticks since the machine did; a later process of the same number has another start. */
  readonly started: string;
  /** Slurm's number of the job, or JOB_TASK in a job array; null outside of Slurm. */
  readonly job: string | null;
  /** How often Slurm has started that job again. */
  readonly restarts: number;
}

/** Whether a process still runs. It is `unknown` of a process on another machine or in another container, which cannot be looked into from here. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** Fields of /proc/PID/stat, counted from behind the program's name, which may hold blanks. */
const STATE = 0;
const START_TIME = 19;
const ZOMBIE = 'Z';

function readText(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** The start time of a process in this namespace; null when none of this number runs. */
function startOf(pid: number): string | null {
  const stat = readText(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STATE] === ZOMBIE ? null : (fields[START_TIME] ?? null);
}

/** The Slurm job, or JOB_TASK in a job array, that this process belongs to; null outside of Slurm. */
export function slurmTask(): string | null {
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task, SLURM_JOB_ID: job } = process.env;
  return array !== undefined && task !== undefined ? `${array}_${task}` : (job ?? null);
}

/** Describes a process in this namespace: this one, or a child of it. */
export const ownerOf = (pid: number): ProcessOwner => ({
  host: hostname(),
  boot: readText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  namespace: readText(() => readlinkSync('/proc/self/ns/pid')),
  pid,
  started: startOf(pid) ?? '',
  job: slurmTask(),
  restarts: Number(process.env.SLURM_RESTART_COUNT ?? 0),
});

/** Whether a process still runs, as far as the asking one can tell. @param here the asking process */
export function livenessOf(
  owner: ProcessOwner,
  here: ProcessOwner = ownerOf(process.pid),
): Liveness {
  // Slurm starts a task again only when its earlier start has ended, wherever that was
  if (owner.job !== null && owner.job === here.job && owner.restarts < here.restarts) return 'dead';
  const isSameKernel = owner.boot === here.boot && (here.boot !== '' || owner.host === here.host);
  // the machine has been started again since, so that nothing of before runs
  if (!isSameKernel && owner.host === here.host) return 'dead';
  if (!isSameKernel || owner.namespace !== here.namespace) return 'unknown';
  return owner.started !== '' && startOf(owner.pid) === owner.started ? 'alive' : 'dead';
}

/** Reads the JSON of what {@link ownerOf} gave; null for any other text. */
export function parseOwner(text: string): ProcessOwner | null {
  try {
    const owner = JSON.parse(text) as Partial<ProcessOwner> | null;
    const isOwner =
      typeof owner?.pid === 'number' &&
      typeof owner.host === 'string' &&
      // a list that is deep enough is too much for a message
      typeof (owner.job ?? '') === 'string';
    return isOwner ? (owner as ProcessOwner) : null;
  } catch {
    return null;
  }
}

/** A process as a message names it. */
export const ownerName = ({ host, pid, job }: ProcessOwner): string =>
  `process ${pid}${host === hostname() ? '' : ` of ${host}`}${job === null ? '' : ` (Slurm job ${job})`}`;
