/** @file Directories written whole or not at all: beside their place, then moved there. */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { MachineError, UserError } from '../errors';
import { syncDirectory } from './durable-write';
import { removeLeftovers, temporaryIn } from './temporary';

/** What is written. */
export interface Written {
  readonly target: string;
  /** Directory beside the target; what is in it goes first. */
  readonly temporary: string;
  /** As in `expected to write <what>`. */
  readonly what: string;
}

/** How often a directory is moved where another writer of the same one is always faster. */
const MOST_TRIES = 100;
/** What a rename says whose target has been filled, or whose source has been moved, by another writer. */
const OTHER_WAS_FASTER = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT']);

const remove = (directory: string): Promise<void> =>
  rm(directory, { recursive: true, force: true });

/** Where the old directory is while the new one is moved to its place. */
const asideOf = (target: string): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.old`);

/** Runs `write` on an empty temporary directory, which goes when it fails. @throws MachineError when it fails, as on a full disk; its own UserError */
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
    if (cause instanceof UserError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MachineError(
      `${target}: expected to write ${what}, got ${reason}. Free some space or permissions; what was saved before is untouched.`,
      { cause },
    );
  }
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await syncTree(path.join(directory, entry.name));
  await syncDirectory(directory);
}

/** Moves a directory to where there is none, or an empty one; the names in it, and its own, then survive a power cut. */
export async function moveDirectory(from: string, to: string): Promise<void> {
  await syncTree(from);
  await rename(from, to);
  await syncDirectory(path.dirname(to));
}

/** Moves a directory to where another one may be, which is then aside; other processes may do the same. */
async function exchange(temporary: string, target: string): Promise<void> {
  const aside = asideOf(target);
  for (let tries = 1; ; tries++) {
    try {
      // a process killed between the two moves leaves the old one aside
      if (existsSync(target)) {
        await remove(aside);
        await rename(target, aside);
      }
      await moveDirectory(temporary, target);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      const isOther = OTHER_WAS_FASTER.has(code) && existsSync(temporary);
      if (!isOther || tries === MOST_TRIES) throw error;
    }
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
  const home = path.dirname(target);
  const temporary = temporaryIn(home);
  await removeLeftovers(home);
  await writeWhole({ target, temporary, what }, async () => {
    await write(temporary);
    await exchange(temporary, target);
  });
  await remove(asideOf(target)).catch((error: unknown) => {
    // another writer has filled it meanwhile, and clears it away itself
    if (!OTHER_WAS_FASTER.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });
}

/** Puts the old directory back where a process was killed before the new one was in its place, and clears away what is left over. */
export async function recoverDirectory(target: string): Promise<void> {
  const aside = asideOf(target);
  await removeLeftovers(path.dirname(target));
  if (existsSync(target)) await remove(aside);
  else if (existsSync(aside)) await rename(aside, target);
}
