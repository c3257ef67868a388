/** @file The real TensorBoard, from PyPI, in a virtual environment of its own that is made once. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const PACKAGES = ['tensorboard==2.20.0', 'setuptools<81'];
const CACHE = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
  'ipcgan',
  'test-venvs',
);

/** Python with TensorBoard, or null where it cannot be had; says why. */
export function pythonWithTensorBoard(): string | null {
  const venv = path.join(CACHE, 'tensorboard-2.20.0');
  const python = path.join(venv, 'bin', 'python');
  if (existsSync(path.join(venv, 'complete'))) return python;
  mkdirSync(CACHE, { recursive: true });
  rmSync(venv, { recursive: true, force: true });
  const run = (program: string, args: string[]): boolean =>
    spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  // made in place, since a virtual environment cannot be moved; the mark comes last
  const isMade =
    run('python3', ['-m', 'venv', venv]) &&
    run(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  if (!isMade) {
    process.stderr.write(
      'SKIPPED: reading back with the real TensorBoard: python3, pip or the package index is not there\n',
    );
    return null;
  }
  mkdirSync(path.join(venv, 'complete.tmp'));
  renameSync(path.join(venv, 'complete.tmp'), path.join(venv, 'complete'));
  return python;
}

/** Runs a Python program and returns what it printed as JSON. */
export function runPython(python: string, program: string, ...args: string[]): unknown {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
