/** @file How much a generator with a mask paints over; not in the paper. */

import { tf } from '../engine/tf';
import type { LossTerm } from './term';

/** Mean of a mask [B,S,S,1] in 0..1; a scalar. */
export const maskLoss = (mask: tf.Tensor4D): tf.Scalar => tf.mean(mask);

/** The mask term. */
export const maskTerm = {
  name: 'mask',
  weight: 0,
  description:
    "Weight of the share of the picture that the generator's mask paints over; 0 turns it off.",
  short: 'm',
  needs: 'mask',
  isPure: true,
  compute: (batch) => maskLoss(batch.mask()),
} as const satisfies LossTerm;
