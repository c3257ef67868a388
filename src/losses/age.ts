/** @file The age classification loss: does the frozen classifier see the group that was asked for (equation 6 of the paper). */

import { tf } from '../engine/tf';

/** Mean softmax cross-entropy of logits [B,K] against one-hot targets [B,K]; a scalar. */
export function ageLoss(logits: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const crossEntropy = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1)); // [B]
    return tf.mean(crossEntropy).asScalar();
  });
}
