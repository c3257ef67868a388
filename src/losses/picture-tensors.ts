/** @file Pictures as tensors between their ranges: grey levels, the generator's [-1, 1], and AlexNet's mean-free input. */

import { HALF_RANGE, MEAN_RGB } from '../images/pixel-range';
import { tf } from '../engine/tf';

/** [-1, 1] → grey levels 0..255, as floats. */
export function toPixels(image: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.mul(tf.add(image, 1), HALF_RANGE));
}

/** Generated pictures [B,S,S,3] in [-1, 1] → AlexNet's input [B,227,227,3], by TensorFlow 1's bilinear resize (no half-pixel centres). */
export function toAlexNetInput(fake: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.tidy(() =>
    tf.sub(tf.image.resizeBilinear(toPixels(fake), [size, size]), tf.tensor1d([...MEAN_RGB])),
  );
}
