/** @file Stops a sweep: its launcher where one lives, or the runs that a dead one left. */

import { readLock } from '../../engine/directory-lock';
import { fateOf, ownerName } from '../../engine/process-owner';
import { UserError } from '../../errors';
import { LAUNCHER_LOCK } from './launch-local';
import type { Sweep } from './plan';
import { readStandings } from './standing';

/**
 * Asks whoever trains the sweep to save and stop. @returns numbers of the processes that were told
 * @throws UserError when its launcher is out of reach
 */
export async function cancelLocally(sweep: Sweep): Promise<number[]> {
  const launcher = await readLock(sweep.directory, LAUNCHER_LOCK);
  const fate = launcher === null ? 'dead' : fateOf(launcher);
  if (launcher !== null && fate === 'unknown')
    throw new UserError(
      `sweep cancel: expected to reach the sweep's launcher, got ${ownerName(launcher)}, on another machine or in another container. Cancel it there.`,
    );
  const owners = (await readStandings(sweep)).flatMap(({ state: { owner } }) =>
    owner !== null && fateOf(owner) === 'alive' ? [owner.pid] : [],
  );
  // the launcher passes it on to its runs
  const told = launcher !== null && fate === 'alive' ? [launcher.pid] : owners;
  for (const pid of told) process.kill(pid, 'SIGTERM');
  return told;
}
