/** @file The few commands of Slurm that a sweep uses. */

import { execFileSync } from 'node:child_process';
import { MachineError } from '../../errors';

function slurm(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: Buffer };
    const said = stderr?.toString().trim() ?? '';
    throw new MachineError(
      `${program} ${args.join(' ')}: expected it to work, got ${said === '' ? message : said}. --launcher=slurm needs a machine that can submit jobs.`,
      { cause },
    );
  }
}

/** Submits a script; it starts when every task of the job `after` has ended, however. @returns the job's number */
export function submit(script: string, after: string | null): string {
  const dependency = after === null ? [] : [`--dependency=afterany:${after}`];
  return (
    slurm('sbatch', ['--parsable', ...dependency, script])
      .trim()
      .split(';')[0] ?? ''
  );
}

/** Jobs of these that wait or run. */
export function livingJobs(jobs: readonly string[]): Set<string> {
  if (jobs.length === 0) return new Set();
  // asking for a job that Slurm has forgotten is an error: ask for all
  const listed = slurm('squeue', ['--noheader', '--format=%F']).split('\n');
  return new Set(listed.map((line) => line.trim()).filter((job) => jobs.includes(job)));
}

/** Takes jobs off the cluster. */
export function cancelJobs(jobs: readonly string[]): void {
  if (jobs.length > 0) slurm('scancel', jobs);
}

/** Puts a task of this user back into the queue, from within it. */
export function requeueTask(task: string): void {
  slurm('scontrol', ['requeue', task]);
}
