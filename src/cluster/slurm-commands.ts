/** @file The few commands of Slurm that are used. Which jobs belong to a directory Slurm itself knows, by their names. */

import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { sha256Of } from '../files/digest';
import { MachineError } from '../errors';

/** Comes before the time of a job is over (`--signal=B:USR2@…`). */
export const OUT_OF_TIME = 'SIGUSR2';

const TAG_DIGITS = 10;

/** What names of a directory's jobs end with, so that they are found again whatever happened to who submitted them, by whatever link. */
export function tagOf(directory: string): string {
  const real = existsSync(directory) ? realpathSync(directory) : directory;
  return sha256Of(real).slice(0, TAG_DIGITS);
}

function slurm(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      env: process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: Buffer };
    const said = stderr?.toString().trim() ?? '';
    throw new MachineError(
      `${program} ${args.join(' ')}: expected it to work, got ${said === '' ? message : said}. --launcher=slurm needs a machine that can submit jobs.`,
      { cause },
    );
  }
}

/** When a job may start: after every task of another one has ended, however, or only if all have ended well. */
export interface Dependency {
  readonly kind: 'afterany' | 'afterok';
  readonly job: string;
}

/** Submits a script; one whose dependency cannot come true any more is taken off by Slurm. @returns the job's number */
export function submit(script: string, after: Dependency | null): string {
  const dependency =
    after === null ? [] : [`--dependency=${after.kind}:${after.job}`, '--kill-on-invalid-dep=yes'];
  return (
    slurm('sbatch', ['--parsable', ...dependency, script])
      .trim()
      .split(';')[0] ?? ''
  );
}

/** How many tasks an array may have: one more than the highest number of a task; null where Slurm does not say. */
export function maxArraySize(): number | null {
  try {
    return maxArraySizeIn(slurm('scontrol', ['show', 'config']));
  } catch {
    // who may submit may not always look; sbatch says then what it refuses
    return null;
  }
}

/** @param config what `scontrol show config` prints */
export function maxArraySizeIn(config: string): number | null {
  const size = /^MaxArraySize\s*=\s*(\d+)\s*$/m.exec(config)?.[1];
  return size === undefined ? null : Number(size);
}

/** A job that waits or runs, or its tasks. */
export interface LivingJob {
  readonly job: string;
  readonly running: number;
  readonly waiting: number;
}

/** Jobs of a directory that wait or run. @param directory absolute */
export function livingJobs(directory: string): LivingJob[] {
  const jobs = new Map<string, { running: number; waiting: number }>();
  // a line a task: number of the job, state, name
  for (const line of slurm('squeue', ['--noheader', '--array', '--format=%F %t %j']).split('\n')) {
    const [job = '', state = '', ...name] = line.trim().split(' ');
    if (!name.join(' ').endsWith(`-${tagOf(directory)}`)) continue;
    const counts = jobs.get(job) ?? { running: 0, waiting: 0 };
    counts[state === 'R' || state === 'CG' ? 'running' : 'waiting']++;
    jobs.set(job, counts);
  }
  return [...jobs]
    .map(([job, counts]) => ({ job, ...counts }))
    .sort((a, b) => Number(a.job) - Number(b.job));
}

/** Whether a job, named JOB or JOB_TASK, waits or runs. */
export const isJobLiving = (task: string): boolean =>
  // asking for a job that Slurm has forgotten is an error: ask for all
  slurm('squeue', ['--noheader', '--format=%F'])
    .split('\n')
    .some((job) => job.trim() === task.split('_')[0]);

/** Takes jobs off the cluster. */
export function cancelJobs(jobs: readonly string[]): void {
  if (jobs.length > 0) slurm('scancel', jobs);
}

/** Puts a task of this user back into the queue, from within it. */
export function requeueTask(task: string): void {
  slurm('scontrol', ['requeue', task]);
}
