/** @file A vector cut into pieces that stay where they are, as far as TensorFlow lets them. */

import { tf } from '../tf';

/** TensorFlow lets a piece lie in the whole where it begins and ends at a multiple of so many float32. */
const ALIGNED = 16;

/**
 * As `tf.split` of a vector: pieces of `sizes`. TensorFlow copies all of them, by a kernel each, where one is not aligned; here those before
 * the first such one are cut apart on their own, and share the vector's memory.
 */
export function splitAligned(vector: tf.Tensor1D, sizes: readonly number[]): tf.Tensor1D[] {
  const odd = sizes.findIndex((size) => size % ALIGNED !== 0);
  if (odd <= 0) return tf.split(vector, [...sizes]);
  const before = sizes.slice(0, odd).reduce((sum, size) => sum + size, 0);
  const after = vector.shape[0] - before;
  const pieces = (begin: number, length: number, of: readonly number[]): tf.Tensor1D[] => {
    const part = tf.slice1d(vector, begin, length);
    return of.length === 1 ? [part] : tf.split(part, [...of]);
  };
  return [...pieces(0, before, sizes.slice(0, odd)), ...pieces(before, after, sizes.slice(odd))];
}
