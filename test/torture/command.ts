/** @file The built command as torture runs it: one thread, its output kept, killed when torture says so. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { ONE_THREAD } from '../support/cli';

/** The built command. */
export const CLI = path.resolve(__dirname, '../../dist/cli/index.js');

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when a line of stderr has been written that many times, or the process has ended. */
  saw(text: string | RegExp, times?: number): Promise<void>;
}

/** Starts it. @param env variables beside those of one thread @param program Node's words for another program than the command */
export function start(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  program: readonly string[] = [CLI],
): Running {
  const child = spawn(process.execPath, [...program, ...args], {
    cwd,
    env: { ...ONE_THREAD, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let isOver = false;
  const waiting = new Set<() => void>();
  const look = (): void => waiting.forEach((one) => one());
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    look();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      isOver = true;
      look();
      resolve({ code, signal, stdout, stderr });
    });
  });
  const saw = (text: string | RegExp, times = 1): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!isOver && stderr.split(text).length <= times) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { child, ended, saw };
}

/** Runs it to its end. @throws Error with what it said, where it does not end with one of `codes` */
export async function run(
  args: readonly string[],
  cwd: string,
  codes: readonly (number | null)[] = [0],
  env: NodeJS.ProcessEnv = {},
  program?: readonly string[],
): Promise<Ended> {
  const ended = await start(args, cwd, env, program).ended;
  if (!codes.includes(ended.code))
    throw new Error(
      `${args.join(' ')}: expected exit code ${codes.join(' or ')}, got ${ended.code ?? ended.signal ?? ''}: ${ended.stderr.slice(-1000)}`,
    );
  return ended;
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
