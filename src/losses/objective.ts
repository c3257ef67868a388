/** @file The weighted sums that the optimisers descend: the only place where loss weights multiply. */

import { tf } from '../engine/tf';
import { weightOf } from './term';
import type { LossTerm, TermValues } from './term';

/** What D descends: its loss times the weight of the adversarial term. */
export const discriminatorObjective = (loss: tf.Scalar, terms: readonly LossTerm[]): tf.Scalar =>
  tf.mul(loss, weightOf(terms, 'gan'));

/** What G descends: the sum of weight · value, in the order of the terms, over the values that are there. */
export function generatorObjective(values: TermValues, terms: readonly LossTerm[]): tf.Scalar {
  return tf.tidy(() => {
    const weighted = terms.flatMap(({ name, weight }) => {
      const value = values[name];
      return value ? [tf.mul(value, weight)] : [];
    });
    return weighted.length === 0
      ? tf.scalar(0)
      : tf.addN(weighted.map((term) => tf.reshape(term, []))).asScalar();
  });
}
