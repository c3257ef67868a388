/** @file Age groups as the one-hot rows that the networks take. */

import { tf } from '../engine/tf';

/** One row per picture: [B, ageGroups], 1 at the picture's group. The caller disposes. */
export function oneHotLabels(groups: readonly number[], ageGroups: number): tf.Tensor2D {
  return tf.tidy(
    () =>
      tf.cast(tf.oneHot(tf.tensor1d([...groups], 'int32'), ageGroups), 'float32') as tf.Tensor2D,
  );
}

/** The same group for every picture of a batch, [B, ageGroups]. The caller disposes. */
export function sameLabel(group: number, batch: number, ageGroups: number): tf.Tensor2D {
  return oneHotLabels(new Array<number>(batch).fill(group), ageGroups);
}
