/** @file What a generator gives, whatever its kind. */

import type { tf } from '../engine/tf';

/** A picture, and where it differs from its source. */
export interface GeneratorOutputs {
  /** [B,S,S,3] in [-1, 1]. */
  readonly fake: tf.Tensor4D;
  /** [B,S,S,1] in 0..1, how much of each pixel is painted over; null where the kind has none. */
  readonly mask: tf.Tensor4D | null;
}

/** The outputs of a generator's pass by their names. */
export function outputsOf(result: tf.Tensor | tf.Tensor[]): GeneratorOutputs {
  const [fake, mask] = [result].flat() as [tf.Tensor4D, tf.Tensor4D?];
  return { fake, mask: mask ?? null };
}

/** Whether a generator has a mask. */
export const hasMask = (generator: tf.LayersModel): boolean => generator.outputs.length > 1;
