/** @file Stops a sweep: its launcher where one lives, or the runs that a dead one left. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isAlive } from '../../engine/process-alive';
import { isOwnerAlive } from './owner';
import type { Sweep } from './plan';
import { readStandings } from './standing';

/** @returns numbers of the processes that were told to save and stop */
export async function cancelLocally(sweep: Sweep): Promise<number[]> {
  const launcher = Number(await readFile(path.join(sweep.directory, 'launcher.lock'), 'utf8').catch(() => ''));
  const owners = (await readStandings(sweep)).flatMap(({ state: { owner } }) => (owner !== null && isOwnerAlive(owner) ? [owner.pid] : []));
  // the launcher passes it on to its runs
  const told = launcher > 0 && isAlive(launcher) ? [launcher] : owners;
  for (const pid of told) process.kill(pid, 'SIGTERM');
  return told;
}
