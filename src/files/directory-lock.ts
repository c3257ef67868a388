/** @file One process at a time works in a directory, also where several machines share it. */

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { livenessOf, ownerName, ownerOf, parseOwner } from './process-owner';
import type { ProcessOwner } from './process-owner';

/** Whoever holds a directory: a name for messages, and what the user can do about it. */
export interface Holder {
  readonly name: string;
  readonly advice: string;
  /** Whether it is seen to live, or only cannot be looked into. */
  readonly isVisible: boolean;
}

/** Reads a lock. @returns the process that took it, or null where there is none */
export const readLock = async (directory: string, name: string): Promise<ProcessOwner | null> =>
  parseOwner(await readFile(path.join(directory, name), 'utf8').catch(() => ''));

const readNow = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** File systems without hard links say one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Makes a lock where there is none, in one move: nobody sees it half-written. @returns false where there is one */
async function create(file: string, content: string): Promise<boolean> {
  const written = `${file}.${randomUUID()}`;
  try {
    await writeFile(written, content);
    await link(written, file).catch((error: unknown) => {
      if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return writeFile(file, content, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(written, { force: true });
  }
}

/** Takes a dead process's lock away, unless somebody else has replaced it in the meantime. */
async function removeStale(file: string, content: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => undefined);
  const isOther = ![content, ''].includes(readNow(aside));
  if (isOther) await rename(aside, file);
  else await rm(aside, { force: true });
}

/**
 * Takes the lock `name` of a directory, which is made where it is not; a lock whose process has ended does not count.
 * It is given back when the process exits, too, however that ends but by SIGKILL.
 * @param refuse throws what the user is told when another process has it, or may have it
 * @returns what gives it back
 */
export async function lockDirectory(
  directory: string,
  name: string,
  refuse: (holder: Holder) => never,
): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, name);
  const content = JSON.stringify(ownerOf(process.pid));
  while (!(await create(file, content))) {
    const there = await readFile(file, 'utf8').catch(() => '');
    const holder = parseOwner(there);
    const liveness = holder === null ? 'dead' : livenessOf(holder);
    if (holder !== null && liveness === 'alive')
      refuse({ name: ownerName(holder), advice: 'Wait for it, or stop it.', isVisible: true });
    if (holder !== null && liveness === 'unknown')
      refuse({
        name: ownerName(holder),
        advice: `Whether that still runs cannot be seen from here, another machine or container: look there, wait for it or stop it; if it has ended, remove ${file} and run this again.`,
        isVisible: false,
      });
    await removeStale(file, there);
  }
  const release = (): void => {
    if (readNow(file) === content) rmSync(file, { force: true });
  };
  process.once('exit', release);
  return () => {
    process.off('exit', release);
    release();
    return Promise.resolve();
  };
}
