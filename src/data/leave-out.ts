/** @file Leaves out batches of a sampler behind certain steps: those after which a run diverged. */

import type { Sampler } from './sampler';

/**
 * The same sampler, which passes over batches. What it leaves out depends on the step alone: a run that is resumed before or behind it
 * draws what one that ran through draws.
 * @param step finished steps where the sampler stands
 * @param leftOut how many batches are passed over behind a finished step
 */
export function leavingOut(
  sampler: Sampler,
  step: number,
  leftOut: ReadonlyMap<number, number>,
): Sampler {
  let at = step;
  return {
    next: () => {
      for (let left = leftOut.get(at) ?? 0; left > 0; left--) sampler.next();
      at++;
      return sampler.next();
    },
    state: () => sampler.state(),
  };
}
