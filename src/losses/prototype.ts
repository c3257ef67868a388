/** @file How far a picture is from its source changed as the mean faces of two groups differ; not in the paper. */

import { tf } from '../engine/tf';
import type { LossTerm } from './term';

/** Mean of |fake − prototype| over pixels and colours, both [B,S,S,3] in [-1, 1]; a scalar. */
export const prototypeLoss = (fake: tf.Tensor4D, prototype: tf.Tensor4D): tf.Scalar =>
  tf.tidy(() => tf.mean(tf.abs(tf.sub(fake, prototype))));

/** The prototype term. */
export const prototypeTerm = {
  name: 'prototype',
  weight: 0,
  description:
    'Weight of how far a picture is from its source changed as the mean faces of both groups differ; 0 turns it off.',
  short: 'p',
  needs: 'prototype',
  isPure: true,
  compute: (batch) => prototypeLoss(batch.fake, batch.prototype()),
} as const satisfies LossTerm;
