/** @file Who a process is, so that another one, perhaps on another machine or in another container, can tell whether it still runs. */

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process as it is written into locks and states. */
export interface ProcessOwner {
  readonly host: string;
  /** Of the running kernel: another one after every start of the machine; the same in all containers on it. */
  readonly boot: string;
  /** The PID namespace: process numbers of different containers are different numbers. */
  readonly namespace: string;
  readonly pid: number;
  /** When it started, in clock ticks since the machine did: tells it from a later process of the same number. */
  readonly started: string;
  /** Slurm's number of the job, or of the job and its task; null outside of Slurm. */
  readonly job: string | null;
  /** How often Slurm has started that job anew. */
  readonly restarts: number;
}

/** `unknown`: of another machine or container, which cannot be looked into from here. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** Where /proc/PID/stat has the start time, counted from behind the program's name, which may hold blanks. */
const START_TIME = 19;
const STATE = 0;
const ZOMBIE = 'Z';

function readText(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** Start time of a process that this one can see; null when it does not run. */
function startOf(pid: number): string | null {
  const stat = readText(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STATE] === ZOMBIE ? null : (fields[START_TIME] ?? null);
}

/** The Slurm job, or task of a job array, that this process belongs to, as Slurm names it; null outside of Slurm. */
export function slurmTask(): string | null {
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task, SLURM_JOB_ID: job } = process.env;
  return array !== undefined && task !== undefined ? `${array}_${task}` : (job ?? null);
}

/** Describes a process that this one can see: itself, or a child that it started. */
export const ownerOf = (pid: number): ProcessOwner => ({
  host: hostname(),
  boot: readText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  namespace: readText(() => readlinkSync('/proc/self/ns/pid')),
  pid,
  started: startOf(pid) ?? '',
  job: slurmTask(),
  restarts: Number(process.env.SLURM_RESTART_COUNT ?? 0),
});

/** Whether a process still runs, as far as this one can tell. @param here who asks */
export function livenessOf(
  owner: ProcessOwner,
  here: ProcessOwner = ownerOf(process.pid),
): Liveness {
  // Slurm starts a task anew only when its earlier start has ended, wherever that was
  if (owner.job !== null && owner.job === here.job && owner.restarts < here.restarts) return 'dead';
  const isSameKernel = owner.boot === here.boot && (here.boot !== '' || owner.host === here.host);
  // the machine was started since, and with it everything on it
  if (!isSameKernel && owner.host === here.host) return 'dead';
  if (!isSameKernel || owner.namespace !== here.namespace) return 'unknown';
  return owner.started !== '' && startOf(owner.pid) === owner.started ? 'alive' : 'dead';
}

/** Reads what {@link ownerOf} gave from a file; null where it is something else. */
export function parseOwner(text: string): ProcessOwner | null {
  try {
    const owner = JSON.parse(text) as Partial<ProcessOwner> | null;
    return typeof owner?.pid === 'number' && typeof owner.host === 'string'
      ? (owner as ProcessOwner)
      : null;
  } catch {
    return null;
  }
}

/** A process as a message names it. */
export const ownerName = ({ host, pid, job }: ProcessOwner): string =>
  `process ${pid}${host === hostname() ? '' : ` of ${host}`}${job === null ? '' : ` (Slurm job ${job})`}`;
