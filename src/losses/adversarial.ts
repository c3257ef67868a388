/** @file The least-squares adversarial losses with the false-label term (equations 2 and 3 of the paper). */

import { tf } from '../engine/tf';
import type { LossTerm } from './term';

/** The discriminator's scores of one step, [B,h,w,C] each. */
export interface DiscriminatorScores {
  /** D1: real pictures under their own group. */
  readonly real: tf.Tensor;
  /** D2: the same pictures under another group, which the discriminator should refuse. */
  readonly mislabelled: tf.Tensor;
  /** D3: generated pictures under the group that they were asked for. */
  readonly fake: tf.Tensor;
}

/** The three parts of the discriminator's loss and their sum as the loss takes it; scalars, before any weight. */
export interface DiscriminatorTerms {
  /** ½ · (real + ½ · (mislabelled + fake)). */
  readonly loss: tf.Scalar;
  readonly real: tf.Scalar;
  readonly mislabelled: tf.Scalar;
  readonly fake: tf.Scalar;
}

const meanSquare = (x: tf.Tensor): tf.Scalar => tf.mean(tf.square(x));
const meanSquareToOne = (x: tf.Tensor): tf.Scalar => meanSquare(tf.sub(x, 1));

/** D's loss: real scores towards 1, mislabelled and fake ones towards 0, the two refusals sharing one weight. */
export function discriminatorLoss(scores: DiscriminatorScores): DiscriminatorTerms {
  const real = meanSquareToOne(scores.real);
  const mislabelled = meanSquare(scores.mislabelled);
  const fake = meanSquare(scores.fake);
  const loss: tf.Scalar = tf.mul(0.5, tf.add(real, tf.mul(0.5, tf.add(mislabelled, fake))));
  return { loss, real, mislabelled, fake };
}

/** G's adversarial loss: half the mean square of D3 − 1; a scalar. */
export function generatorLoss(fakeScores: tf.Tensor): tf.Scalar {
  return tf.mul(0.5, meanSquareToOne(fakeScores));
}

/** G's adversarial term; its weight is also that of D's loss. */
export const adversarialTerm = {
  name: 'gan',
  weight: 75,
  description: 'Weight of the adversarial losses of both networks.',
  metric: 'g_loss',
  short: 'g',
  needs: 'scores',
  isPure: true,
  compute: (batch) => generatorLoss(batch.scores()),
} as const satisfies LossTerm;
