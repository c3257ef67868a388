/** @file Total variation of pictures; off by default, commented out in the original. */

import { tf } from '../engine/tf';
import { toPixels } from './picture-tensors';
import type { LossTerm } from './term';

/** Mean over the batch of the sum of absolute differences of neighbouring pixels, in grey levels; `fake` [B,S,S,3] in [-1, 1]. */
export function totalVariationLoss(fake: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => {
    const pixels = toPixels(fake);
    const [batch, height, width, channels] = pixels.shape;
    const rows = tf.sub(
      tf.slice(pixels, [0, 1, 0, 0]),
      tf.slice(pixels, [0, 0, 0, 0], [batch, height - 1, width, channels]),
    );
    const columns = tf.sub(
      tf.slice(pixels, [0, 0, 1, 0]),
      tf.slice(pixels, [0, 0, 0, 0], [batch, height, width - 1, channels]),
    );
    return tf.div(tf.add(tf.sum(tf.abs(rows)), tf.sum(tf.abs(columns))), batch);
  });
}

/** The total variation term. */
export const totalVariationTerm = {
  name: 'tv',
  weight: 0,
  description: 'Weight of the total variation of generated pictures; 0 turns it off.',
  short: 'tv',
  isPure: true,
  compute: (batch) => totalVariationLoss(batch.fake),
} as const satisfies LossTerm;
