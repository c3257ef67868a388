/** @file One training step: the discriminator's update and the generator's, on one forward pass of the generator. */

import { besideTape, withKnownGradient } from '../engine/tape';
import { withoutGradients } from '../engine/kernels/unneeded-gradients';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { toAlexNetInput } from '../losses/pixels';
import { tf } from '../engine/tf';
import { ageLoss } from '../losses/age';
import { discriminatorLoss, generatorLoss } from '../losses/adversarial';
import type { DiscriminatorTerms } from '../losses/adversarial';
import { identityLoss } from '../losses/identity';
import { discriminatorObjective, generatorObjective } from '../losses/objective';
import type { GeneratorTerms, LossWeights } from '../losses/objective';
import { totalVariationLoss } from '../losses/total-variation';
import type { PerceptualNetworks } from '../models/perceptual-networks';
import { countStatistics } from '../models/layers/batch-normalization';
import type { BatchNormMode, BatchStatistics } from '../models/layers/batch-normalization';
import { trainableWeights } from '../models/named-weights';
import { gradientsOf } from '../models/gradients';
import type { NamedGradients } from '../models/gradients';

/** The networks of a run. */
export interface Networks {
  readonly generator: tf.LayersModel;
  readonly discriminator: tf.LayersModel;
  /** null when neither the identity nor the age loss is on. */
  readonly perceptual: PerceptualNetworks | null;
}

/** What one update is computed from; the caller owns it. */
export interface StepInput {
  /** [B,S,S,3], RGB 0..255 minus the mean. */
  readonly source: tf.Tensor4D;
  /** [B,227,227,3], the same; null where no identity loss needs it. */
  readonly source227: tf.Tensor4D | null;
  /** [B,S,S,3] in [-1, 1], of the true group. */
  readonly real: tf.Tensor4D;
  /** One-hot [B,K]. */
  readonly trueLabel: tf.Tensor2D;
  readonly falseLabel: tf.Tensor2D;
}

/** Batch statistics without a trace in the moving averages. */
const UNCOUNTED: BatchNormMode = { training: true };

/** A training-mode pass of the generator, [B,S,S,3] in [-1, 1]; `updates` says how often its statistics count. */
export function generate(
  generator: tf.LayersModel,
  source: tf.Tensor4D,
  label: tf.Tensor2D,
  updates: number,
): tf.Tensor4D {
  const statistics: BatchStatistics[] = [];
  const mode: BatchNormMode = { training: true, statistics };
  const fake = generator.apply([source, label], { ...mode }) as tf.Tensor4D;
  countStatistics(statistics, updates);
  return fake;
}

/** Scores of pictures [B,S,S,3] in [-1, 1] under one-hot labels, by the batch's own statistics. */
export function discriminate(
  discriminator: tf.LayersModel,
  image: tf.Tensor4D,
  label: tf.Tensor2D,
  mode: BatchNormMode,
): tf.Tensor {
  return discriminator.apply([image, label], { ...mode }) as tf.Tensor;
}

/** D's gradients with the terms of its loss; all tensors belong to the caller. */
export function discriminatorGradients(
  { discriminator }: Networks,
  input: StepInput,
  fake: tf.Tensor4D,
  weights: LossWeights,
): NamedGradients & { readonly terms: DiscriminatorTerms } {
  let terms: DiscriminatorTerms | undefined;
  const variables = trainableWeights(discriminator);
  const computeLoss = (): tf.Scalar => {
    // one pass over three batches: a third of the kernels, and each filter is transformed once
    const statistics: BatchStatistics[] = [];
    const pictures = tf.concat([input.real, input.real, fake]);
    const labels = tf.concat([input.trueLabel, input.falseLabel, input.trueLabel]);
    const scores = discriminate(discriminator, pictures, labels, {
      training: true,
      parts: 3,
      statistics,
    });
    countStatistics(statistics, 1);
    const [real, mislabelled, ofFake] = tf.split(scores, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    terms = discriminatorLoss({ real, mislabelled, fake: ofFake });
    Object.values(terms).forEach((term) => tf.keep(term as tf.Tensor));
    return discriminatorObjective(terms.loss, weights);
  };
  const result = gradientsOf(variables, computeLoss, variables.get('discriminator/dis/weights'));
  if (!terms) throw new Error('discriminator: the loss was not computed');
  return { ...result, terms };
}

/** φ(source) [B,…], or null when the identity loss is off; the caller disposes. */
export function sourceFeatures(
  { perceptual }: Networks,
  { source227 }: StepInput,
): tf.Tensor | null {
  if (!perceptual?.identityExtractor || !source227) return null;
  return perceptual.identityExtractor.predictOnBatch(source227) as tf.Tensor;
}

/** Terms that AlexNet judges a generated picture by: one pass over the shared trunk. */
export function perceptualTerms(
  perceptual: PerceptualNetworks,
  fake: tf.Tensor4D,
  features: tf.Tensor | null,
  target: tf.Tensor2D,
): Pick<GeneratorTerms, 'fea' | 'age'> {
  const outputs = [
    perceptual.joint.apply(toAlexNetInput(fake, ALEXNET_SIZE)),
  ].flat() as tf.Tensor[];
  const fakeFeatures = perceptual.identityExtractor ? outputs.shift() : undefined;
  const logits = perceptual.ageClassifier ? outputs.shift() : undefined;
  return {
    fea: fakeFeatures && features ? identityLoss(fakeFeatures, features) : null,
    age: logits ? ageLoss(logits as tf.Tensor2D, target) : null,
  };
}

/** The gradient of G's objective with respect to the picture itself, [B,S,S,3], with the terms; the caller owns all. */
export interface PictureGradient {
  readonly gradient: tf.Tensor4D;
  readonly terms: GeneratorTerms;
}

/**
 * Backpropagates each judge on its own, so that only one of D's and AlexNet's activations is in memory at a time;
 * the gradients with respect to the picture add up.
 */
export function pictureGradient(
  networks: Networks,
  input: StepInput,
  fake: tf.Tensor4D,
  weights: LossWeights,
): PictureGradient {
  const { discriminator, perceptual } = networks;
  const terms: Record<keyof GeneratorTerms, tf.Scalar | null> = {
    gan: null,
    fea: null,
    age: null,
    tv: null,
  };
  const parts: ((picture: tf.Tensor4D) => Partial<GeneratorTerms>)[] = [];
  if (weights.gan > 0) {
    parts.push((picture) => ({
      gan: generatorLoss(discriminate(discriminator, picture, input.trueLabel, UNCOUNTED)),
    }));
  }
  if (weights.tv > 0) parts.push((picture) => ({ tv: totalVariationLoss(picture) }));
  const features = sourceFeatures(networks, input);
  if (perceptual)
    parts.push((picture) => perceptualTerms(perceptual, picture, features, input.trueLabel));

  const gradients = parts.map((part) => {
    const objective = (picture: tf.Tensor): tf.Tensor => {
      const computed = part(picture as tf.Tensor4D);
      for (const [name, term] of Object.entries(computed))
        if (term) terms[name as keyof GeneratorTerms] = tf.keep(term);
      return generatorObjective(computed, weights);
    };
    // the perceptual networks are frozen, and so is D here
    return withoutGradients({ filters: true }, () => tf.grad(objective)(fake));
  });
  const gradient =
    gradients.length === 0 ? tf.zerosLike(fake) : (tf.addN(gradients) as tf.Tensor4D);
  tf.dispose(features === null ? gradients : [...gradients, features]);
  return { gradient, terms };
}

/** G's gradients of its whole objective at the present D; tensors belong to the caller. `beforeJudging` runs on the fake, off the tape. */
export function generatorGradients(
  networks: Networks,
  input: StepInput,
  weights: LossWeights,
  movingAverageUpdates: number,
  beforeJudging: (fake: tf.Tensor4D) => void = () => undefined,
): NamedGradients & { readonly terms: GeneratorTerms } {
  let terms: GeneratorTerms | undefined;
  const variables = trainableWeights(networks.generator);
  const computeLoss = (): tf.Scalar => {
    const fake = generate(networks.generator, input.source, input.trueLabel, movingAverageUpdates);
    const { gradient, terms: computed } = besideTape(() => {
      beforeJudging(fake);
      return pictureGradient(networks, input, fake, weights);
    });
    terms = computed;
    return withKnownGradient(fake, gradient);
  };
  const result = gradientsOf(variables, computeLoss, variables.get('generator/conv1/weights'));
  if (!terms) throw new Error('generator: the loss was not computed');
  return { ...result, terms };
}
