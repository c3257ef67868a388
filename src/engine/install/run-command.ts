/** @file Runs a program of the system and keeps what it said. */

import { spawn } from 'node:child_process';

/** How a program ended. */
export interface CommandResult {
  /** null when it could not be started or a signal ended it. */
  readonly exitCode: number | null;
  /** What ended it, such as SIGILL for an instruction that the processor lacks; null where it ended itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs it to its end; a program that does not exist gives exit code null and says so in stderr.
 * @param environment added to this process's; undefined takes a variable out
 */
export function runCommand(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.on('error', (error) =>
      resolve({ exitCode: null, signal: null, stdout: output.stdout, stderr: error.message }),
    );
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...output }));
  });
}

/** The last lines of an output that say something, on one line. */
export function lastWords(text: string, lines = 2): string {
  const said = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('WARNING') && !line.startsWith('[notice]'));
  return said.slice(-lines).join(' / ') || 'no output';
}
