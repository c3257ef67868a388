/** @file What several test files need, made once in a run of jest by whoever needs it first; each gets a copy that it may change. */

import { cpSync, existsSync, mkdirSync, renameSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { until } from './until';

/** Whether the lock was free, and is ours now. */
function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

/** Makes the folder where nobody has. @throws Error what `make` throws; the next who needs it tries again */
async function madeFolder(
  name: string,
  make: (folder: string) => void | Promise<void>,
): Promise<string> {
  const folder = path.join(process.env.IPCGAN_TEST_RUN!, name);
  const lock = `${folder}.lock`;
  await until(() => existsSync(folder) || tryLock(lock), `${name}, which another test makes`);
  if (existsSync(folder)) return folder;
  try {
    const unfinished = `${folder}.unfinished`;
    mkdirSync(unfinished, { recursive: true });
    await make(unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmdirSync(lock);
  }
  return folder;
}

/**
 * Copies a folder that is made once for all tests.
 * @param name of what it holds, the same for everybody who needs the same
 * @param make fills the folder that it is given
 * @param to where the copy goes
 */
export async function copyShared(
  name: string,
  make: (folder: string) => void | Promise<void>,
  to: string,
): Promise<void> {
  cpSync(await madeFolder(name, make), to, { recursive: true });
}
