/** @file The age classification loss: does the frozen classifier see the group that was asked for (equation 6 of the paper). */

import { tf } from '../engine/tf';
import type { LossTerm } from './term';

/** Mean softmax cross-entropy of logits [B,K] against one-hot targets [B,K]; a scalar. */
export function ageLoss(logits: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const crossEntropy = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1)); // [B]
    return tf.mean(crossEntropy).asScalar();
  });
}

/** The age term. */
export const ageTerm = {
  name: 'age',
  weight: 30,
  description: 'Weight of the age classification loss; 0 turns it off.',
  short: 'a',
  needs: 'ages',
  isHeldOut: true,
  isPure: true,
  // the mean over the classifiers, of which the original has one
  compute: (batch) =>
    tf.tidy(() => {
      const losses = batch.ageLogits().map((logits) => ageLoss(logits, batch.label));
      return losses.length === 1
        ? (losses[0] as tf.Scalar)
        : tf.div<tf.Scalar>(tf.addN(losses), losses.length);
    }),
} as const satisfies LossTerm;
