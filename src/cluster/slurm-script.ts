/** @file The sbatch script of a job, or of a job array, that runs this program. */

import path from 'node:path';
import type { SlurmSettings } from '../config/slurm-settings';
import { tagOf } from './slurm-commands';

/** What a script says. */
export interface JobScript {
  /** What the job works on: absolute; on a file system that all machines of the cluster share. */
  readonly directory: string;
  /** Tells the jobs of a directory apart, in their names. */
  readonly part: string;
  /** Where paths of the command are relative to. */
  readonly cwd: string;
  /** What it writes on stdout and stderr, with sbatch's `%A` and `%a`. */
  readonly log: string;
  /** Tasks of a job array by number, and how many of them may run at a time; null for a single job. */
  readonly array: { readonly tasks: readonly number[]; readonly parallel: number | null } | null;
  /** The command, program first. */
  readonly command: readonly string[];
  /** What the shell reads behind the command; tasks have $SLURM_ARRAY_TASK_ID. */
  readonly suffix: string;
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
  return ranges
    .map(([first, last]) => (first === last ? String(first) : `${first}-${last}`))
    .join(',');
}

/** The whole script. USR2 comes before the time is over: the task saves, asks to be requeued, and goes on later, anywhere. */
export function jobScript({
  directory,
  part,
  cwd,
  log,
  array,
  command,
  suffix,
  settings,
}: JobScript): string {
  const {
    partition,
    account,
    qos,
    time,
    cpus,
    memory,
    gres,
    signal_seconds,
    setup,
    wrapper,
    options,
  } = settings;
  const optional = Object.entries({ partition, account, qos, time, mem: memory, gres }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]),
  );
  const headers = [
    `--job-name=ipcgan-${path.basename(directory).replace(/[^\w.-]+/g, '-')}-${part}-${tagOf(directory)}`,
    ...(array === null
      ? []
      : [
          `--array=${arrayRanges(array.tasks)}${array.parallel === null ? '' : `%${array.parallel}`}`,
        ]),
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    '--requeue',
    '--open-mode=append',
    `--signal=B:USR2@${signal_seconds}`,
    `--output="${log}"`,
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
    `exec ${wrapper === undefined ? '' : `${wrapper} `}${command.map(quoted).join(' ')} ${suffix}`.trimEnd(),
    '',
  ].join('\n');
}
