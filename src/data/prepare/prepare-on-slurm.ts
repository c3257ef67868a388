/** @file Prepares a data set on a Slurm cluster: its shards as the tasks of one job array, and a job that merges when all have ended well. */

import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isJobLiving, livingJobs, maxArraySize, submit } from '../../cluster/slurm-commands';
import { jobScript } from '../../cluster/slurm-script';
import type { JobScript } from '../../cluster/slurm-script';
import type { SlurmSettings } from '../../config/slurm-settings';
import { lockDirectory, removeEndedLock } from '../../files/directory-lock';
import { replaceFile } from '../../files/durable-write';
import { MachineError, UserError } from '../../errors';
import type { FaceSource } from '../sources/source';
import { DATASET_FILE } from '../dataset';
import { checkApart, prepareDataset } from './prepare-dataset';
import type { PrepareOutcome, PrepareSettings } from './prepare-dataset';
import { openShards } from './worklist';

/** How a data set is prepared on a cluster. */
export interface ClusterSettings {
  /** Parts, a task each. */
  readonly shards: number;
  readonly slurm: SlurmSettings;
  /** The command that examines everything, program first; `--shard=I/N` and `--merge` are put behind it. */
  readonly command: readonly string[];
  /** Ends the following, not the jobs, when it fires. */
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

const FOLDER = 'slurm';
const LOCK = 'launcher.lock';
/** Locks of those that examine or merge. */
const SHARD_LOCK = /^lock(-\d+-of-\d+)?$/;
const POLL_MILLISECONDS = 2000;
const TAIL_LINES = 8;

const folderIn = (out: string): string => path.join(path.resolve(out), FOLDER);
const fileIn = (out: string, name: string): string => path.join(folderIn(out), name);
const logOf = (out: string, shard: number): string => fileIn(out, `shard-${shard}.log`);
/** Reads the directory anew: of a file by name, network file systems may say for a minute that it is not there. */
const isFinished = (out: string): boolean =>
  existsSync(out) && readdirSync(out).includes(DATASET_FILE);

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(it has written nothing)');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-TAIL_LINES)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** Jobs that live were submitted with some flags: they are followed only for the same ones. */
async function checkCommand(out: string, command: readonly string[]): Promise<void> {
  const then = await readFile(fileIn(out, 'command.json'), 'utf8').catch(() => null);
  if (then === null || then === JSON.stringify(command)) return;
  const old = JSON.parse(then) as string[];
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

/** Submits the shards that have pictures left, and the job that merges. */
async function submitMissing(
  source: FaceSource,
  settings: PrepareSettings,
  cluster: ClusterSettings,
): Promise<void> {
  const { shards, slurm, command, say } = cluster;
  const { out } = settings;
  checkShards(shards);
  const open = await openShards(source, settings, shards);
  await removeLocksOfEndedJobs(out);
  await mkdir(path.join(out, FOLDER), { recursive: true });
  const common = { directory: path.resolve(out), cwd: process.cwd(), command, settings: slurm };
  const logIn = (pattern: string): JobScript['log'] => ({ folder: folderIn(out), pattern });
  const merging = jobScript({
    ...common,
    part: 'merge',
    log: logIn('merge.log'),
    array: null,
    suffix: '--merge',
  });
  await replaceFile(fileIn(out, 'command.json'), JSON.stringify(command));
  let array: string | null = null;
  if (open.length > 0) {
    const script = jobScript({
      ...common,
      part: 'shards',
      log: logIn('shard-%a.log'),
      array: { tasks: open, parallel: null },
      suffix: `--shard="$SLURM_ARRAY_TASK_ID/${shards}"`,
    });
    await replaceFile(fileIn(out, 'shards.sbatch'), script);
    array = submit(fileIn(out, 'shards.sbatch'), null);
  }
  await replaceFile(fileIn(out, 'merge.sbatch'), merging);
  const merge = submit(
    fileIn(out, 'merge.sbatch'),
    array === null ? null : { kind: 'afterok', job: array },
  );
  say(
    `submitted ${open.length} of ${shards} shards${array === null ? '' : ` as job ${array}`}, the merge as job ${merge}`,
  );
}

/** Waits until no job of the directory lives, or it is told to stop. */
async function follow(out: string, { stop, say }: ClusterSettings): Promise<void> {
  let last = '';
  for (;;) {
    const living = livingJobs(path.resolve(out));
    const text = living
      .map(({ job, running, waiting }) => `job ${job}: ${running} running, ${waiting} waiting`)
      .join('; ');
    if (text !== last && text !== '') say(text);
    last = text;
    if (living.length === 0 || stop.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** @throws MachineError with the last lines of every shard that has not ended well, or of the merge */
async function explain(
  source: FaceSource,
  settings: PrepareSettings,
  { shards, say }: ClusterSettings,
): Promise<never> {
  const { out } = settings;
  const open = await openShards(source, settings, shards);
  for (const shard of open)
    say(
      `shard ${shard} of ${shards} has not ended well; the last lines of ${logOf(out, shard)}:\n${await lastLines(logOf(out, shard))}`,
    );
  if (open.length === 0)
    say(
      `the merge has not ended well; the last lines of ${fileIn(out, 'merge.log')}:\n${await lastLines(fileIn(out, 'merge.log'))}`,
    );
  const what =
    open.length > 0
      ? `all ${shards} shards to end well, got ${open.length} that did not (${open.join(', ')})`
      : 'a merged data set, got none';
  throw new MachineError(`${out}: expected ${what}. The same command submits what is missing.`);
}

/**
 * Prepares a data set on the cluster, or follows the jobs that do so already.
 * @returns what came of it, or null when it was told to stop; the jobs go on
 * @throws UserError when jobs with other flags live; MachineError when a shard or the merge has failed
 */
export async function prepareOnSlurm(
  source: FaceSource,
  settings: PrepareSettings,
  cluster: ClusterSettings,
): Promise<PrepareOutcome | null> {
  const { out } = settings;
  if (isFinished(out)) return prepareDataset(source, settings);
  checkApart(source, settings);
  const unlock = await lockDirectory(out, LOCK, ({ name, advice }) => {
    throw new UserError(
      `--out: expected a directory that nobody prepares, got ${out}, which ${name} prepares on the cluster. ${advice}`,
    );
  });
  try {
    const living = livingJobs(path.resolve(out)).map(({ job }) => job);
    if (living.length > 0) {
      await checkCommand(out, cluster.command);
      cluster.say(`jobs ${living.join(', ')} were submitted before and live; following them`);
    } else await submitMissing(source, settings, cluster);
    await follow(out, cluster);
    const isMergeMissing = living.length > 0 && !cluster.stop.aborted && !isFinished(out);
    // whoever submitted the shards may have died before it submitted the merge
    if (isMergeMissing && (await openShards(source, settings, cluster.shards)).length === 0) {
      await submitMissing(source, settings, cluster);
      await follow(out, cluster);
    }
    if (cluster.stop.aborted) return null;
    if (!isFinished(out)) return await explain(source, settings, cluster);
    const outcome = await prepareDataset(source, settings);
    return 'shard' in outcome ? outcome : { ...outcome, isUnchanged: false };
  } finally {
    await unlock();
  }
}
