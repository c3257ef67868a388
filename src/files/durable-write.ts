/** @file Files that are on the disk when a call returns: new ones, and ones that replace others in one move. */

import { existsSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from './digest';
import type { Content, FileDigest } from './digest';
import { temporaryIn } from './temporary';

/** What file systems say that cannot put a directory on the disk by itself, or of a directory that may be written but not listed. */
const NO_DIRECTORY_SYNC = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EISDIR',
  'EACCES',
  'EPERM',
]);

/** What file systems say that have no hard links. */
export const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function writeSynced(file: string, content: Content): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file, and returns what it is. @throws the file system's error, EEXIST where there is one */
export async function writeDurably(file: string, content: Content): Promise<FileDigest> {
  await writeSynced(file, content);
  return { bytes: Buffer.byteLength(content), sha256: sha256Of(content) };
}

/** Makes the names in a directory, and so a rename, survive a power cut, where the file system can. */
export async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** An error of the file system says the file that was asked for, not the temporary one. */
function nameTarget(error: unknown, temporary: string, file: string): void {
  const { path: named, message } = error as NodeJS.ErrnoException;
  if (named === temporary)
    Object.assign(error as object, { path: file, message: message.replaceAll(temporary, file) });
}

/**
 * Replaces a file, or makes it, in one move: readers see the old one or the new one, whole, also after a power cut.
 * Several processes may do so at once; the last one to move wins. Nothing is left of an attempt that fails.
 * @throws the file system's error
 */
export async function replaceFile(file: string, content: Content): Promise<void> {
  const directory = path.dirname(file);
  const temporary = temporaryIn(directory);
  try {
    await writeSynced(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    nameTarget(error, temporary, file);
    throw error;
  }
  await syncDirectory(directory);
}

/**
 * Makes a file where there is none, in one move: of several processes that do so at once one makes it, and nobody sees half of it.
 * @returns whether it was made; false where there was one
 * @throws the file system's error
 */
export async function createFile(file: string, content: Content): Promise<boolean> {
  const directory = path.dirname(file);
  const temporary = temporaryIn(directory);
  try {
    await writeSynced(temporary, content);
    await link(temporary, file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // without hard links the last one to move wins
    if (!NO_LINKS.has(code)) throw error;
    if (existsSync(file)) return false;
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(directory);
  return true;
}
