/** @file Stops a sweep: its launcher where one lives, or the runs that a dead one left. */

import { isLockDead, readLock } from '../files/directory-lock';
import { livenessOf, ownerName } from '../files/process-owner';
import { UserError } from '../errors';
import { LAUNCHER_LOCK } from './launch-local';
import type { Sweep } from './plan';
import { readRunStatuses } from './run-status';

/**
 * Asks whoever trains the sweep to save and stop. @returns numbers of the processes that were told
 * @throws UserError when its launcher is out of reach
 */
export async function cancelLocally(sweep: Sweep): Promise<number[]> {
  const launcher = await readLock(sweep.directory, LAUNCHER_LOCK);
  const liveness = launcher === null ? 'dead' : livenessOf(launcher);
  const isOutOfReach =
    liveness === 'unknown' && !(await isLockDead(sweep.directory, LAUNCHER_LOCK));
  if (launcher !== null && isOutOfReach)
    throw new UserError(
      `sweep cancel: expected to reach the sweep's launcher, got ${ownerName(launcher)}, on another machine or in another container. Cancel it there.`,
    );
  const owners = (await readRunStatuses(sweep)).flatMap(({ state: { owner } }) =>
    owner !== null && livenessOf(owner) === 'alive' ? [owner.pid] : [],
  );
  // the launcher passes it on to its runs
  const told = launcher !== null && liveness === 'alive' ? [launcher.pid] : owners;
  for (const pid of told) process.kill(pid, 'SIGTERM');
  return told;
}
