/** @file How far the light of whole parts of a face moves: what haze costs, and a wrinkle does not; not in the paper. */

import { tf } from '../engine/tf';
import { toUnitRange } from '../models/layers/unit-range';
import type { LossTerm } from './term';

/** Parts of a picture along each side. */
const PARTS = 8;

/**
 * Mean over S/8 × S/8 parts and colours of the square of how far a part's mean moves; a scalar, 1 for half of the range everywhere.
 * @param fake [B,S,S,3] in [-1, 1]
 * @param source [B,S,S,3], RGB 0..255 minus the mean
 */
export function toneLoss(fake: tf.Tensor4D, source: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => {
    const [, size] = fake.shape;
    // sides that eight does not divide lose a rest at the right and below
    const part = Math.max(1, Math.floor(size / PARTS));
    const change: tf.Tensor4D = tf.sub(fake, toUnitRange(source));
    const moved = tf.avgPool(change, part, part, 'valid');
    return tf.mean(tf.square(moved));
  });
}

/** The tone term. */
export const toneTerm = {
  name: 'tone',
  weight: 0,
  description:
    'Weight of how far the light and colour of whole parts of a face move from the source, in the mean square of 8 by 8 parts; 0 turns it off.',
  short: 't',
  isPure: true,
  compute: (batch) => toneLoss(batch.fake, batch.source),
} as const satisfies LossTerm;
