/** @file Whether the process that a run was left to still runs: by number, start time and host. */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Owner } from './run-state';

/** Where /proc/PID/stat has the start time, counted from behind the program's name, which may hold blanks. */
const START_TIME = 19;
const STATE = 0;
const ZOMBIE = 'Z';

/** Start time of a process, in clock ticks since the machine started; null when it does not run. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[STATE] === ZOMBIE ? null : (fields[START_TIME] ?? null);
  } catch {
    return null;
  }
}

/** Describes a process of this machine. */
export const ownerOf = (pid: number, job: string | null): Owner => ({ host: hostname(), pid, started: startOf(pid) ?? '', job });

/** Whether it still runs; a process of another machine is Slurm's to know. */
export const isOwnerAlive = ({ host, pid, started }: Owner): boolean => host === hostname() && started !== '' && startOf(pid) === started;

/** The living process that trains a run's directory, by the run's own lock; null when there is none. */
export function trainerOf(directory: string): Owner | null {
  const pid = Number(readText(path.join(directory, 'lock')));
  // a number that another program has by now is no trainer of ours
  return pid > 0 && readText(`/proc/${pid}/cmdline`).includes(directory) ? ownerOf(pid, null) : null;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
