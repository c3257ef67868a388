/** @file The identity loss: features of the aged face against those of the source (equation 5 of the paper). */

import { tf } from '../engine/tf';

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
