/** @file An optimiser that keeps a moving average of what it moves: weights that are smoother than those of any one step. */

import { tf } from '../engine/tf';
import { toOptimizer } from './optimizer';
import type { Optimizer } from './optimizer';

/** A variable and its average. */
export interface AveragedVariable {
  readonly variable: tf.Variable;
  readonly average: tf.Variable;
}

/** Name of the number that an average moves by. */
const SHARE = 'average_share';

/**
 * What an average keeps of itself at the nth update, from 1: min(decay, (1 + n) / (10 + n)), TensorFlow 1's
 * `ExponentialMovingAverage(decay, num_updates)`, so that a young average forgets its start.
 */
export const averageDecayAt = (decay: number, update: number): number =>
  Math.min(decay, (1 + update) / (10 + update));

/**
 * The optimiser, which takes the averages along behind each update: average ← average + (1 − decay) · (variable − average).
 * Whoever made the averages disposes them; the optimiser is disposed with this one, and counts no update of its own any more.
 * @param averaged variables, also such as nobody moves by gradients, and their averages of the same shapes
 * @param decay above 0, below 1; see {@link averageDecayAt}
 */
export function withAverage(
  optimizer: Optimizer,
  averaged: readonly AveragedVariable[],
  decay: number,
): Optimizer {
  return toOptimizer({
    variables: optimizer.variables,
    slots: optimizer.slots,
    numbersOf: (update, learningRate) => ({
      ...optimizer.numbersOf(update, learningRate),
      [SHARE]: 1 - averageDecayAt(decay, update),
    }),
    move: (gradients, numbers) => {
      const norm = optimizer.move(gradients, numbers);
      const share = numbers[SHARE] as tf.Scalar;
      for (const { variable, average } of averaged)
        tf.tidy(() => average.assign(tf.add(average, tf.mul(tf.sub(variable, average), share))));
      return norm;
    },
    dispose: () => optimizer.dispose(),
  });
}
