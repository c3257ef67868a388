/** @file The sbatch script of a job, or of a job array, that runs this program. */

import path from 'node:path';
import { MachineError, UserError } from '../errors';
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
  /** Where what it writes on stdout and stderr goes: an absolute folder, and a name with sbatch's patterns, as `%A` and `%a`. */
  readonly log: { readonly folder: string; readonly pattern: string };
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

/** Tasks that one array can have: their numbers there, and what is to be added to them. */
export interface ArrayPart {
  readonly tasks: readonly number[];
  readonly offset: number;
}

/**
 * Takes tasks apart into as few arrays as a cluster's limit allows.
 * @param size Slurm's MaxArraySize; null for no limit
 * @throws MachineError where the cluster allows no arrays
 */
export function arrayParts(tasks: readonly number[], size: number | null): ArrayPart[] {
  if (size === null) return [{ tasks, offset: 0 }];
  if (size < 1)
    throw new MachineError(
      `slurm: expected a cluster that allows job arrays, got MaxArraySize=${size}. Ask who runs it, or use --launcher=local.`,
    );
  const parts = new Map<number, number[]>();
  for (const task of tasks) {
    const offset = task - (task % size);
    parts.set(offset, [...(parts.get(offset) ?? []), task - offset]);
  }
  return [...parts].sort(([a], [b]) => a - b).map(([offset, own]) => ({ tasks: own, offset }));
}

/** What a double-quoted word of sbatch cannot hold: quotes and backslashes, which it reads its own way, and what ends a line. */
const UNQUOTABLE = /["\\\u0000-\u001f\u007f]/;
const LINE_END = /[\r\n\0]/;
/** What sbatch takes apart in a word, or reads as a comment. */
const NO_WORD = /[\s"'\\#]/;

/** The value of --output; a `%` of the folder's name is no pattern. @throws UserError for a folder that sbatch cannot write to */
function outputPath({ folder, pattern }: JobScript['log']): string {
  if (UNQUOTABLE.test(folder))
    throw new UserError(
      `sbatch --output: expected a folder without quotes, backslashes and line breaks, got ${JSON.stringify(folder)}. Choose another --out.`,
    );
  return `"${folder.replaceAll('%', '%%')}/${pattern}"`;
}

/** @throws UserError for settings that would be read as something else, all of them */
function checkSettings({ options, wrapper, ...settings }: SlurmSettings): void {
  const { partition, account, qos, time, memory, gres } = settings;
  const words = Object.entries({ partition, account, qos, time, memory, gres }).flatMap(
    ([name, value]) =>
      value !== undefined && NO_WORD.test(value)
        ? [
            `slurm settings, ${name}: expected one word without quotes, got ${JSON.stringify(value)}. What else sbatch is told stands in options.`,
          ]
        : [],
  );
  const lines = Object.entries({ options: options.join(' '), wrapper })
    .filter(([, value]) => value !== undefined && LINE_END.test(value))
    .map(
      ([name, value]) =>
        `slurm settings, ${name}: expected single lines, got ${JSON.stringify(value)}. Shell lines before the command stand in setup.`,
    );
  const problems = [...words, ...lines];
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/**
 * The whole script. USR2 comes before the time is over: the task saves, asks to be requeued, and goes on later, anywhere.
 * @throws UserError for a directory or settings that sbatch would read as something else
 */
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
  checkSettings(settings);
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
    `--output=${outputPath(log)}`,
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
