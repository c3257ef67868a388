/** @file The workers of a pretraining run but the first: they learn the same steps from pictures of their own, and write nothing. */

import type { PretrainConfig } from '../config/schema';
import type { Team } from '../distributed/team';
import { watchInterrupts } from '../runs/interrupt';
import type { StopSignal } from '../runs/interrupt';
import { openLearner } from './open-learner';
import { factsOf, isMeasuredAfter, isOverForAll, shareState } from './share-state';

/**
 * Learns until the run is over or any worker was asked to stop.
 * @returns the signal by which it ended, or null
 * @throws UserError for workers that differ or a picture that cannot be read, MachineError when another one is gone
 */
export async function pretrainAlong(
  config: PretrainConfig,
  team: Team,
): Promise<StopSignal | null> {
  // the first worker says what is worth a line
  const open = await openLearner(config, team, () => undefined);
  const { updater } = open;
  const interrupts = watchInterrupts(() => updater.askToStop());
  try {
    team.expectSame(factsOf(open));
    let step = shareState(team, open, null);
    let isOver = isOverForAll(team, null);
    const batches = open.batchesFrom(step);
    while (!isOver && !updater.isAskedToStop()) {
      const { value: batch } = await batches.next();
      open.learn(batch, step).value.dispose();
      step++;
      // lets a signal in
      await new Promise(setImmediate);
      if (isMeasuredAfter(step, config)) isOver = isOverForAll(team, null);
    }
    await team.leave();
    return isOver ? null : (interrupts.signal() ?? 'SIGTERM');
  } finally {
    interrupts.stop();
    open.dispose();
  }
}
