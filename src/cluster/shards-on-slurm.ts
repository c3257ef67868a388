/** @file Work in parts on a Slurm cluster: the shards as the tasks of one job array, and, where there is one, a job when all have ended well. */

import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SlurmSettings } from '../config/slurm-settings';
import { lockDirectory, removeEndedLock } from '../files/directory-lock';
import { replaceFile } from '../files/durable-write';
import { MachineError, UserError } from '../errors';
import { isJobLiving, livingJobs, maxArraySize, submit } from './slurm-commands';
import { jobScript } from './slurm-script';
import type { JobScript } from './slurm-script';

/** How something is done on a cluster. */
export interface ClusterSettings {
  /** Parts, a task each. */
  readonly shards: number;
  readonly slurm: SlurmSettings;
  /** The command that does everything, program first; `--shard=I/N` is put behind it. */
  readonly command: readonly string[];
  /** Ends the following, not the jobs, when it fires. */
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** A job behind all shards. */
export interface LastJob {
  /** Its name, and, behind `--`, what is put behind the command. */
  readonly name: string;
  readonly isDone: () => boolean;
  /** What it makes, for errors. */
  readonly result: string;
}

/** Work that has parts. */
export interface ShardedWork {
  /** Directory to write, which every shard locks as `lock-I-of-N`. */
  readonly out: string;
  /** What is done in it, as in `nobody prepares`. */
  readonly verb: string;
  /** Numbers of the shards, of so many, that have something left to do. */
  readonly openShards: (shards: number) => Promise<number[]>;
  readonly last: LastJob | null;
}

const FOLDER = 'slurm';
const LOCK = 'launcher.lock';
/** Locks of those that do the work. */
const SHARD_LOCK = /^lock(-\d+-of-\d+)?$/;
const POLL_MILLISECONDS = 2000;
const TAIL_LINES = 8;

const folderIn = (out: string): string => path.join(path.resolve(out), FOLDER);
const fileIn = (out: string, name: string): string => path.join(folderIn(out), name);
const logOf = (out: string, shard: number): string => fileIn(out, `shard-${shard}.log`);

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(it has written nothing)');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-TAIL_LINES)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** Flags that were written down; none where that cannot be read. */
function flagsIn(text: string): readonly unknown[] {
  try {
    const flags: unknown = JSON.parse(text);
    return Array.isArray(flags) ? flags : [];
  } catch {
    return [];
  }
}

/** Jobs that live were submitted with some flags: they are followed only for the same ones. @throws UserError */
async function checkCommand(out: string, command: readonly string[]): Promise<void> {
  const then = await readFile(fileIn(out, 'command.json'), 'utf8').catch(() => null);
  if (then === null || then === JSON.stringify(command)) return;
  const old = flagsIn(then);
  const changed = command.filter((word) => !old.includes(word));
  throw new UserError(
    `--out: expected the flags that the jobs of ${out} were submitted with, got others (${changed.join(' ')}). Wait for them, or take them off with scancel.`,
  );
}

/** A node that died has left its locks, and another node cannot look into it; Slurm knows that the job is over. */
async function removeLocksOfEndedJobs(out: string): Promise<void> {
  const names = (await readdir(out)).filter((name) => SHARD_LOCK.test(name));
  for (const name of names)
    await removeEndedLock(out, name, ({ job }) => job !== null && !isJobLiving(job));
}

/** @throws UserError for more shards than the cluster's arrays have tasks, which are numbered from 1 */
function checkShards(shards: number): void {
  const size = maxArraySize();
  if (size === null || shards < size) return;
  throw new UserError(
    `--shards: expected at most ${size - 1}, since Slurm's MaxArraySize is ${size} here, got ${shards}. Lower it.`,
  );
}

/** The script of the shards, and the last job's; null where there is none. @param open numbers of the shards that are submitted */
export function shardScripts(
  { out, last }: Pick<ShardedWork, 'out' | 'last'>,
  { shards, slurm, command }: Pick<ClusterSettings, 'shards' | 'slurm' | 'command'>,
  open: readonly number[],
): { readonly ofShards: string; readonly ofLast: string | null } {
  const common = { directory: path.resolve(out), cwd: process.cwd(), command, settings: slurm };
  const logIn = (pattern: string): JobScript['log'] => ({ folder: folderIn(out), pattern });
  return {
    ofShards: jobScript({
      ...common,
      part: 'shards',
      log: logIn('shard-%a.log'),
      array: { tasks: open, parallel: null },
      suffix: `--shard="$SLURM_ARRAY_TASK_ID/${shards}"`,
    }),
    ofLast:
      last === null
        ? null
        : jobScript({
            ...common,
            part: last.name,
            log: logIn(`${last.name}.log`),
            array: null,
            suffix: `--${last.name}`,
          }),
  };
}

/** Submits the shards that have something left, and the last job. */
async function submitMissing(work: ShardedWork, cluster: ClusterSettings): Promise<void> {
  const { out, last, openShards } = work;
  const { shards, command, say } = cluster;
  checkShards(shards);
  const open = await openShards(shards);
  await removeLocksOfEndedJobs(out);
  await mkdir(folderIn(out), { recursive: true });
  const { ofShards, ofLast } = shardScripts(work, cluster, open);
  await replaceFile(fileIn(out, 'command.json'), JSON.stringify(command));
  let array: string | null = null;
  if (open.length > 0) {
    await replaceFile(fileIn(out, 'shards.sbatch'), ofShards);
    array = submit(fileIn(out, 'shards.sbatch'), null);
  }
  const jobs = array === null ? '' : ` as job ${array}`;
  if (last === null || ofLast === null) {
    say(`submitted ${open.length} of ${shards} shards${jobs}`);
    return;
  }
  await replaceFile(fileIn(out, `${last.name}.sbatch`), ofLast);
  const job = submit(
    fileIn(out, `${last.name}.sbatch`),
    array === null ? null : { kind: 'afterok', job: array },
  );
  say(`submitted ${open.length} of ${shards} shards${jobs}, the ${last.name} as job ${job}`);
}

/** Waits until no job of the directory lives, or it is told to stop. */
async function follow(out: string, { stop, say }: ClusterSettings): Promise<void> {
  let before = '';
  for (;;) {
    const living = livingJobs(path.resolve(out));
    const text = living
      .map(({ job, running, waiting }) => `job ${job}: ${running} running, ${waiting} waiting`)
      .join('; ');
    if (text !== before && text !== '') say(text);
    before = text;
    if (living.length === 0 || stop.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** @throws MachineError with the last lines of every shard that has not ended well, or of the last job */
async function explain(
  { out, last }: ShardedWork,
  { shards, say }: ClusterSettings,
  open: readonly number[],
): Promise<never> {
  for (const shard of open)
    say(
      `shard ${shard} of ${shards} has not ended well; the last lines of ${logOf(out, shard)}:\n${await lastLines(logOf(out, shard))}`,
    );
  if (open.length === 0 && last !== null) {
    const log = fileIn(out, `${last.name}.log`);
    say(`the ${last.name} has not ended well; the last lines of ${log}:\n${await lastLines(log)}`);
  }
  const what =
    open.length > 0
      ? `all ${shards} shards to end well, got ${open.length} that did not (${open.join(', ')})`
      : `${last?.result ?? ''}, got none`;
  throw new MachineError(`${out}: expected ${what}. The same command submits what is missing.`);
}

/**
 * Does the work on the cluster, or follows the jobs that do so already.
 * @returns whether all of it is done; false when it was told to stop: the jobs go on
 * @throws UserError when jobs with other flags live; MachineError when a shard or the last job has failed
 */
export async function runShardsOnSlurm(
  work: ShardedWork,
  cluster: ClusterSettings,
): Promise<boolean> {
  const { out, verb, openShards, last } = work;
  const { shards, stop, say } = cluster;
  const unlock = await lockDirectory(out, LOCK, ({ name, advice }) => {
    throw new UserError(
      `--out: expected a directory that nobody ${verb}, got ${out}, which ${name} ${verb} on the cluster. ${advice}`,
    );
  });
  try {
    const living = livingJobs(path.resolve(out)).map(({ job }) => job);
    if (living.length > 0) {
      await checkCommand(out, cluster.command);
      say(`jobs ${living.join(', ')} were submitted before and live; following them`);
    } else await submitMissing(work, cluster);
    await follow(out, cluster);
    // whoever submitted the shards may have died before it submitted the last job
    const isLastMissing = last !== null && living.length > 0 && !stop.aborted && !last.isDone();
    if (isLastMissing && (await openShards(shards)).length === 0) {
      await submitMissing(work, cluster);
      await follow(out, cluster);
    }
    if (stop.aborted) return false;
    if (last?.isDone() === true) return true;
    const open = await openShards(shards);
    if (open.length > 0 || last !== null) await explain(work, cluster, open);
    return true;
  } finally {
    await unlock();
  }
}
