/** @file One process at a time works in a directory. */

import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isAlive } from './process-alive';

/**
 * Takes the lock `name` of a directory, which is made where it is not; a killed process's lock does not count.
 * @param refuse throws what the user is told when the living process `holder` has it
 * @returns what gives it back
 */
export async function lockDirectory(directory: string, name: string, refuse: (holder: number) => never): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, name);
  const holder = Number(await readFile(file, 'utf8').catch(() => ''));
  if (holder > 0 && holder !== process.pid && isAlive(holder)) refuse(holder);
  await rm(file, { force: true });
  const handle = await open(file, 'wx');
  await handle.writeFile(String(process.pid));
  await handle.close();
  return () => rm(file, { force: true });
}
