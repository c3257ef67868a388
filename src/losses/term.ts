/** @file A term of the generator's loss as a record: its name, its weight, and what it computes. */

import type { tf } from '../engine/tf';

/**
 * What a term may look at. Everything behind a function is computed when the first term asks for it, and shared by all terms that
 * need it; inside a step all of it is on the gradient tape but what belongs to the source.
 */
export interface GeneratedBatch {
  /** [B,S,S,3] in [-1, 1]. */
  readonly fake: tf.Tensor4D;
  /** [B,S,S,3], RGB 0..255 minus the mean. */
  readonly source: tf.Tensor4D;
  /** The groups that were asked for, one-hot [B,K]. */
  readonly label: tf.Tensor2D;
  /** D's scores of the fake under the label, [B,h,w,C]. For terms that need `scores`. */
  scores(): tf.Tensor;
  /** φ of the fake, [B,…]. For terms that need `features`. */
  features(): tf.Tensor;
  /** φ of the source, [B,…]. For terms that need `features`. */
  sourceFeatures(): tf.Tensor;
  /** Logits of the fake, [B,K], of each age classifier: one, or two with `second_age_model`. For terms that need `ages`. */
  ageLogits(): readonly tf.Tensor2D[];
  /** Where the picture differs from its source, [B,S,S,1] in 0..1. For terms that need `mask`. */
  mask(): tf.Tensor4D;
  /** The source changed as the mean faces of both groups differ, [B,S,S,3] in [-1, 1]. For terms that need `prototype`. */
  prototype(): tf.Tensor4D;
}

/** What a term looks through: the discriminator, an output of the perceptual networks, the generator's mask, or the mean faces. */
export type TermNeed = 'scores' | 'features' | 'ages' | 'mask' | 'prototype';

/** One term of what the generator descends. */
export interface LossTerm {
  /** Short; the flag of its weight is `--NAME_loss_weight`. */
  readonly name: string;
  /** What it is multiplied by; with 0 it is not computed, nor is anything built that only it needs. */
  readonly weight: number;
  /** One sentence for help and docs. */
  readonly description: string;
  /** Its name in metrics.jsonl, on the console and in TensorBoard; `NAME_loss` when absent. */
  readonly metric?: string;
  /** What stands for its weight in names of runs; the weight's flag when absent. */
  readonly short?: string;
  /** Absent for a term that only looks at the pictures. */
  readonly needs?: TermNeed;
  /**
   * Says that it computes the same at every step, from nothing but the batch: a step of such terms alone becomes one TensorFlow function,
   * in which JavaScript no longer runs.
   */
  readonly isPure?: boolean;
  /** Whether it is also measured on held-out faces. */
  readonly isHeldOut?: boolean;
  /** The unweighted term: a scalar. */
  compute(batch: GeneratedBatch): tf.Scalar;
}

/** Unweighted terms by name; null when a term is off. */
export type TermValues = Readonly<Record<string, tf.Scalar | null>>;

/** The name of a term's value wherever values are listed. */
export const metricOf = ({ name, metric }: Pick<LossTerm, 'name' | 'metric'>): string =>
  metric ?? `${name}_loss`;

/** The setting that is a term's weight. */
export const weightKeyOf = ({ name }: Pick<LossTerm, 'name'>): string => `${name}_loss_weight`;

/** The name of a term's value on held-out faces. */
export const heldOutMetricOf = (term: Pick<LossTerm, 'name' | 'metric'>): string =>
  `held_out_${metricOf(term)}`;

/** The weight of the term of a name; 0 where there is none. */
export const weightOf = (terms: readonly LossTerm[], name: string): number =>
  terms.find((term) => term.name === name)?.weight ?? 0;

/** The same terms with other weights, by name; a term that is not named is off. */
export const withWeights = (
  terms: readonly LossTerm[],
  weights: Readonly<Record<string, number>>,
): LossTerm[] => terms.map((term) => ({ ...term, weight: weights[term.name] ?? 0 }));

/** Whether a term that is on needs something. */
export const isNeeded = (terms: readonly LossTerm[], need: TermNeed): boolean =>
  terms.some((term) => term.weight > 0 && term.needs === need);
