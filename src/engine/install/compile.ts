/** @file Runs the C++ compiler. */

import { MachineError } from '../../errors';
import { lastWords, runCommand } from './run-command';

const noCompiler = (): MachineError =>
  new MachineError(
    'engine install: expected a C++ compiler (g++), got none. Install it, e.g. `apt-get install g++`, and run it again.',
  );

/** @throws MachineError where there is none: better before a download than behind it */
export async function checkCompiler(): Promise<void> {
  if ((await runCommand('g++', ['--version'])).exitCode !== 0) throw noCompiler();
}

/** Builds a shared library with g++; `args` follow `-std=c++17 -O2 -fPIC -shared`. @throws MachineError when there is none, or it fails */
export async function compile(args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runCommand('g++', [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    ...args,
  ]);
  if (exitCode === 0) return;
  if (exitCode === null) throw noCompiler();
  throw new MachineError(
    `engine install: expected g++ to build the addon, got: ${lastWords(stderr, 3)}`,
  );
}
