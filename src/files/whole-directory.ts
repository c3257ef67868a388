/** @file Directories written whole or not at all: beside their place, then moved there. */

import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { MachineError } from '../errors';

/** What is written. */
export interface Written {
  readonly target: string;
  /** Directory beside the target; what a killed process left in it goes first. */
  readonly temporary: string;
  /** As in `expected to write <what>`. */
  readonly what: string;
}

const remove = (directory: string): Promise<void> =>
  rm(directory, { recursive: true, force: true });
const beside = (target: string, suffix: string): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.${suffix}`);

/** Runs `write` on an empty temporary directory, which goes when it fails. @throws MachineError when it fails, as on a full disk */
export async function writeWhole(
  { target, temporary, what }: Written,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await remove(temporary);
    await mkdir(temporary, { recursive: true });
    await write();
  } catch (cause) {
    await remove(temporary).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MachineError(
      `${target}: expected to write ${what}, got ${reason}. Free some space or permissions; what was saved before is untouched.`,
      { cause },
    );
  }
}

/**
 * Replaces a directory by what `write` puts into a temporary one; the old one is there until the new one is whole.
 * @throws MachineError when it cannot be written
 */
export async function replaceDirectory(
  target: string,
  what: string,
  write: (temporary: string) => Promise<unknown>,
): Promise<void> {
  const [temporary, aside] = [beside(target, 'tmp'), beside(target, 'old')];
  await writeWhole({ target, temporary, what }, async () => {
    await write(temporary);
    await remove(aside);
    // a process killed between the two moves leaves the old one aside
    if (existsSync(target)) await rename(target, aside);
    await rename(temporary, target);
  });
  await remove(aside);
}

/** Puts the old directory back where a process was killed before the new one was in its place, and clears away what is left over. */
export async function recoverDirectory(target: string): Promise<void> {
  const [temporary, aside] = [beside(target, 'tmp'), beside(target, 'old')];
  await remove(temporary);
  if (existsSync(target)) await remove(aside);
  else if (existsSync(aside)) await rename(aside, target);
}
