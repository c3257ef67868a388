/** @file Converts between the ranges of pictures: grey levels, the generator's [-1, 1], and AlexNet's mean-free input. */

import { tf } from './tf';

/** Half of the range 0..255. */
const HALF_RANGE = 127.5;

/**
 * What is subtracted from R, G and B in this order. It is the mean in BGR order applied to RGB, a slip of the original's;
 * kept, because trained weights depend on it.
 */
export const MEAN_RGB = [104, 117, 124] as const;

/** [-1, 1] → grey levels 0..255, as floats. */
export function toPixels(image: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.mul(tf.add(image, 1), HALF_RANGE));
}

/** Generated pictures [B,S,S,3] in [-1, 1] → AlexNet's input [B,227,227,3], by TensorFlow 1's bilinear resize (no half-pixel centres). */
export function toAlexNetInput(fake: tf.Tensor4D, size: number): tf.Tensor4D {
  return tf.tidy(() => tf.sub(tf.image.resizeBilinear(toPixels(fake), [size, size]), tf.tensor1d([...MEAN_RGB])));
}
