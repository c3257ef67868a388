/** @file Age groups as the one-hot rows that the networks take. */

import { tf } from '../engine/tf';

/** One row per picture: [B, ageGroups], 1 at the picture's group. The caller disposes. */
export function oneHotLabels(groups: readonly number[], ageGroups: number): tf.Tensor2D {
  // written here: one upload, where the op takes the groups and three numbers
  const rows = new Float32Array(groups.length * ageGroups);
  groups.forEach((group, row) => {
    if (group >= 0 && group < ageGroups) rows[row * ageGroups + group] = 1;
  });
  return tf.tensor2d(rows, [groups.length, ageGroups]);
}

/** The same group for every picture of a batch, [B, ageGroups]. The caller disposes. */
export function sameLabel(group: number, batch: number, ageGroups: number): tf.Tensor2D {
  return oneHotLabels(new Array<number>(batch).fill(group), ageGroups);
}
