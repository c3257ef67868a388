/** @file Runs the built command as a user does, in a process of its own. */

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

/** The built command. */
export const CLI = path.resolve(__dirname, '../../dist/cli/index.js');

/** How the command ended. */
export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As the tests were started: an engine that one of them has opened since has set more. */
export const AS_STARTED: NodeJS.ProcessEnv = { ...process.env };

/** A thread for each kernel: tests run side by side, and threads that wait for one another only take time from them. */
export const ONE_THREAD: NodeJS.ProcessEnv = {
  ...AS_STARTED,
  TF_NUM_INTRAOP_THREADS: '1',
  OMP_NUM_THREADS: '1',
};

/** Runs it to its end. */
export function runCli(
  args: readonly string[],
  cwd?: string,
  env: NodeJS.ProcessEnv = ONE_THREAD,
): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    cwd,
    env,
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
}

/** Starts it. */
export const startCli = (
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = ONE_THREAD,
): ChildProcess =>
  spawn(process.execPath, [CLI, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
