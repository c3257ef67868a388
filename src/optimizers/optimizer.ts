/** @file What optimisers have in common: both trainings move their networks, and save what resuming needs, through this. */

import type { tf } from '../engine/tf';

/** An optimiser bound to an ordered set of variables. */
export interface Optimizer {
  /** What it moves, by name. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /**
   * Moves the variables by one update. A variable without a gradient is one that the loss does not reach. Does not dispose the
   * gradients, which are by name and of each variable's shape.
   * @param learningRate of this update
   * @returns the l2 norm of all gradients together, which the caller disposes; null where nothing computes it on the way
   */
  apply(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number): tf.Scalar | null;
  /** Updates done: with the slots all that a resumed run needs. */
  updates: number;
  /** Moments by name, in a fixed order; the optimiser owns them. */
  readonly slots: ReadonlyMap<string, tf.Variable>;
  dispose(): void;
}
