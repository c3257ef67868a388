/** @file A source as a picture of the generator's range. */

import { tf } from '../../engine/tf';
import { HALF_RANGE, MEAN_RGB } from '../../images/pixel-range';

/** [B,S,S,3], RGB 0..255 minus the mean → the same picture in [-1, 1]. */
export const toUnitRange = (source: tf.Tensor4D): tf.Tensor4D =>
  tf.sub(tf.div(tf.add(source, tf.tensor1d([...MEAN_RGB])), HALF_RANGE), 1);
