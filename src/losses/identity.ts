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

/** Below this a picture's features are none: a black picture must not make the relative loss infinite. */
const LEAST_SQUARES = 1e-6;

/**
 * Mean over the batch of Σ (φ(fake) − φ(source))² / Σ φ(source)²; [B,…] each, a scalar. 0 for the same features, 1 for none at all.
 * Differs: the original's sum grows with the number and the size of the features, so that its weight fits one layer of one network only.
 */
export function relativeIdentityLoss(
  fakeFeatures: tf.Tensor,
  sourceFeatures: tf.Tensor,
): tf.Scalar {
  return tf.tidy(() => {
    const axes = sourceFeatures.shape.map((_, i) => i).slice(1);
    const distances = tf.sum(tf.squaredDifference(fakeFeatures, sourceFeatures), axes); // [B]
    const lengths = tf.maximum(tf.sum(tf.square(sourceFeatures), axes), LEAST_SQUARES); // [B]
    return tf.mean(tf.div(distances, lengths)).asScalar();
  });
}

/** How features are compared. */
export const FEATURE_DISTANCES = ['sum', 'relative'] as const;
export type FeatureDistance = (typeof FEATURE_DISTANCES)[number];

/** The identity term, which compares by the sum. */
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

/** The same term by another distance. */
export const identityTermBy = (distance: FeatureDistance): LossTerm => ({
  ...identityTerm,
  compute: (batch) =>
    (distance === 'sum' ? identityLoss : relativeIdentityLoss)(
      batch.features(),
      batch.sourceFeatures(),
    ),
});
