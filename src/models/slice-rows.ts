/** @file Rows of a tensor. */

import { tf } from '../engine/tf';

/** So many rows of a tensor's first axis; the caller disposes. */
export const sliceRows = <T extends tf.Tensor>(tensor: T, from: number, count: number): T =>
  tf.slice(tensor, [from], [count, ...tensor.shape.slice(1)]);
