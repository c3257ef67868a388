/** @file The weighted sums that the optimisers descend: the only place where loss weights multiply. */

import { tf } from '../engine/tf';

/** Weights of the loss terms; a term whose weight is 0 is not computed. Defaults of the original: 75, 0.5e-4, 30, 0. */
export interface LossWeights {
  readonly gan: number;
  readonly fea: number;
  readonly age: number;
  readonly tv: number;
}

/** The generator's loss terms, unweighted scalars; null when a term is off. */
export interface GeneratorTerms {
  readonly gan: tf.Scalar | null;
  readonly fea: tf.Scalar | null;
  readonly age: tf.Scalar | null;
  readonly tv: tf.Scalar | null;
}

/** What D descends: its loss times the adversarial weight. */
export function discriminatorObjective(loss: tf.Scalar, weights: LossWeights): tf.Scalar {
  return tf.mul(loss, weights.gan);
}

/** What G descends: gan · ½E[(D3−1)²] + fea · identity + age · cross-entropy + tv · total variation, over the terms that are given. */
export function generatorObjective(
  terms: Partial<GeneratorTerms>,
  weights: LossWeights,
): tf.Scalar {
  return tf.tidy(() => {
    const weighted = (Object.keys(weights) as (keyof LossWeights)[]).flatMap((name) => {
      const term = terms[name];
      return term ? [tf.mul(term, weights[name])] : [];
    });
    return weighted.length === 0
      ? tf.scalar(0)
      : tf.addN(weighted.map((term) => tf.reshape(term, []))).asScalar();
  });
}
