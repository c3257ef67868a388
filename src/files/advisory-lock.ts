/**
 * @file Locks on open files that the kernel drops when their holder ends, however it ends: flock(2). Node has no call for it, the program `flock`
 * of util-linux and BusyBox has: a lock belongs to what was opened, which that program is given and this process keeps.
 */

import { spawnSync } from 'node:child_process';

/** The program's exit code where another one has the lock. */
const IS_HELD = 1;

/** @returns the program's exit code; null where it is not there, or could not be run */
function flock(kind: '-x' | '-s', descriptor: number): number | null {
  try {
    const stdio = ['ignore', 'ignore', 'ignore', descriptor] as const;
    // at once, or not at all
    return spawnSync('flock', [kind, '-n', '3'], { stdio: [...stdio] }).status;
  } catch {
    return null;
  }
}

/**
 * Holds a file that nobody else has opened for as long as the descriptor is open.
 * @param descriptor open for writing
 * @returns whether it is held: not without the program, nor on file systems without such locks
 */
export const holdOpenFile = (descriptor: number): boolean => flock('-x', descriptor) === 0;

/**
 * Whether somebody holds a file; several may ask at a time.
 * @param descriptor open for reading
 * @returns null where that cannot be told
 */
export function isOpenFileHeld(descriptor: number): boolean | null {
  const status = flock('-s', descriptor);
  if (status === 0) return false;
  return status === IS_HELD ? true : null;
}
