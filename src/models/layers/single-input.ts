/** @file Unwraps the argument of a layer with one input. */

import type { tf } from '../../engine/tf';

/** The only tensor of a layer's `inputs`. @throws when there are none. */
export function singleInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const [first] = Array.isArray(inputs) ? inputs : [inputs];
  if (first === undefined) throw new Error('layer: expected one input tensor, got none');
  return first;
}
