/** @file The identity loss: features of the aged face against those of the source (equation 5 of the paper). */

import { tf } from '../engine/tf';
import type { LossTerm } from './term';

/**
 * Mean over the batch of the *sum* over all features of (φ(fake) − φ(source))²; [B,…] each, a scalar.
 * The sum is why its weight is as small as 5e-5; ports that take a mean over features have lost the term.
 */
export function identityLoss(fakeFeatures: tf.Tensor, sourceFeatures: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const [batch = 1] = fakeFeatures.shape;
    return tf.div(tf.sum(tf.squaredDifference(fakeFeatures, sourceFeatures)), batch);
  });
}

/** The identity term. */
export const identityTerm = {
  name: 'fea',
  weight: 0.5e-4,
  description: 'Weight of the identity loss (a sum over features, hence small); 0 turns it off.',
  short: 'f',
  needs: 'features',
  isHeldOut: true,
  isPure: true,
  compute: (batch) => identityLoss(batch.features(), batch.sourceFeatures()),
} as const satisfies LossTerm;
