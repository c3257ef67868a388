/** @file The teacher's loss: how far a network's descriptors are from those of a face recogniser. */

import { tf } from '../engine/tf';

/** Share of the squared distance beside the cosine distance. */
const L2_SHARE = 0.5;

/**
 * Mean over the batch of 1 − cos + ½ · (mean squared difference); a scalar.
 * @param descriptors [B,128] of the network
 * @param target [B,128] of the teacher, centred and scaled to unit variance
 */
export function teacherLoss(descriptors: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const dot = tf.sum(tf.mul(descriptors, target), 1);
    const lengths = tf.mul(
      tf.sqrt(tf.add(tf.sum(tf.square(descriptors), 1), 1e-6)),
      tf.sqrt(tf.add(tf.sum(tf.square(target), 1), 1e-6)),
    );
    const cosine = tf.mean(tf.sub(1, tf.div(dot, lengths)));
    return tf
      .add(cosine, tf.mul(L2_SHARE, tf.mean(tf.square(tf.sub(descriptors, target)))))
      .asScalar();
  });
}
