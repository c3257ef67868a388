/** @file What optimisers have in common: both trainings move their networks, and save what resuming needs, through this. */

import { tf } from '../engine/tf';

/** The numbers that an update goes by, by name, on the device. */
export type UpdateNumbers = Readonly<Record<string, tf.Scalar>>;

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
  /** The numbers of the nth update, from 1: all that differs from one update to another. */
  numbersOf(update: number, learningRate: number): Readonly<Record<string, number>>;
  /** {@link Optimizer.apply} by numbers that are given, without counting the update: whoever calls it does. */
  move(gradients: Readonly<Record<string, tf.Tensor>>, numbers: UpdateNumbers): tf.Scalar | null;
  /** Updates done: with the slots all that a resumed run needs. */
  updates: number;
  /** Moments by name, in a fixed order; the optimiser owns them. */
  readonly slots: ReadonlyMap<string, tf.Variable>;
  dispose(): void;
}

/** What an optimiser is made of: it counts by itself. */
export type OptimizerParts = Pick<
  Optimizer,
  'variables' | 'slots' | 'numbersOf' | 'move' | 'dispose'
>;

/** An optimiser that has done nothing yet. */
export function toOptimizer(parts: OptimizerParts): Optimizer {
  const optimizer: Optimizer = {
    ...parts,
    updates: 0,
    apply: (gradients, learningRate) => {
      const numbers = toScalars(parts.numbersOf(++optimizer.updates, learningRate));
      try {
        return parts.move(gradients, numbers);
      } finally {
        tf.dispose(numbers);
      }
    },
  };
  return optimizer;
}

/** Numbers on the device; the caller disposes them. */
const toScalars = (numbers: Readonly<Record<string, number>>): UpdateNumbers =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]));
