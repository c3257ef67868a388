/** @file The sbatch script of one rung of a sweep: a job array, one task a run. */

import path from 'node:path';
import type { SlurmSettings } from '../../config/sweep-file';

/** What a script says. */
export interface ArrayScript {
  /** Absolute; on a file system that all machines of the cluster share. */
  readonly directory: string;
  readonly cwd: string;
  readonly rung: number;
  /** Tasks of the array, by number. */
  readonly tasks: readonly number[];
  /** Tasks that may run at a time. */
  readonly parallel: number;
  /** The command, program first. */
  readonly command: readonly string[];
  readonly settings: SlurmSettings;
}

/** A word as the shell takes it literally. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Numbers as sbatch writes them: 0-3,7. */
export function arrayRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** The whole script. USR2 comes before the time is over: the task saves, asks to be requeued, and goes on later, anywhere. */
export function arrayScript({ directory, cwd, rung, tasks, parallel, command, settings }: ArrayScript): string {
  const { partition, account, qos, time, cpus, memory, gres, signal_seconds, setup, wrapper, options } = settings;
  const optional = Object.entries({ partition, account, qos, time, mem: memory, gres }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  const headers = [
    `--job-name=ipcgan-${path.basename(directory)}-${rung}`,
    `--array=${arrayRanges(tasks)}%${parallel}`,
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    '--requeue',
    '--open-mode=append',
    `--signal=B:USR2@${signal_seconds}`,
    `--output="${path.join(directory, 'logs', 'slurm-%A_%a.log')}"`,
    ...optional,
    ...options,
  ];
  return [
    '#!/bin/bash',
    ...headers.map((header) => `#SBATCH ${header}`),
    'set -e',
    `cd ${quoted(cwd)}`,
    ...setup,
    // instead of the shell, so that signals reach it
    `exec ${wrapper === undefined ? '' : `${wrapper} `}${command.map(quoted).join(' ')} sweep task ${quoted(directory)} --rung=${rung} --index="$SLURM_ARRAY_TASK_ID"`,
    '',
  ].join('\n');
}
