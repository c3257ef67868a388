/** @file The passes of training: the generator's forward pass, which is run backwards later, and the discriminator's scores. */

import { recordPass } from '../engine/recorded-pass';
import { tf } from '../engine/tf';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { toAlexNetInput } from '../losses/picture-tensors';
import { hasMask, outputsOf } from '../models/generator-outputs';
import type { GeneratorOutputs } from '../models/generator-outputs';
import { gradientsOfPass } from '../models/gradients';
import type { NamedGradients } from '../models/gradients';
import { countStatistics } from '../models/layers/batch-normalization';
import type {
  BatchNormMode,
  BatchStatistics,
  CountStatistics,
} from '../models/layers/batch-normalization';
import { trainableWeights } from '../models/named-weights';
import { isProjected } from '../models/projected-discriminator';
import type { PerceptualNetworks } from '../models/perceptual-networks';

/** The networks of a run. */
export interface Networks {
  readonly generator: tf.LayersModel;
  readonly discriminator: tf.LayersModel;
  /** Frozen: what the identity and the age loss look through; null when neither is on. */
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
  /** [B,13]: how each source and its fake are changed before the perceptual networks see them (picture-changes.ts); not when absent. */
  readonly perceptualChanges?: tf.Tensor2D | null;
  /** [B,4,13]: the same for what the discriminator sees of each, in the order of `SEEN_BY_DISCRIMINATOR` (draw-changes.ts). */
  readonly discriminatorChanges?: tf.Tensor3D | null;
  /** [B,S,S,3] in [-1, 1], what the prototype term draws the fakes to (prototypes.ts); not when absent. */
  readonly prototype?: tf.Tensor4D | null;
}

/** Everything in it: what is done to one is done to all. */
export const INPUT_FIELDS = [
  'source',
  'source227',
  'real',
  'trueLabel',
  'falseLabel',
  'perceptualChanges',
  'discriminatorChanges',
  'prototype',
] as const satisfies readonly (keyof StepInput)[];

/** A forward pass of the generator, and the way back. */
export interface GeneratorPass {
  /** [B,S,S,3] in [-1, 1]; it goes with the activations. */
  readonly fake: tf.Tensor4D;
  /** [B,S,S,1] in 0..1, of a generator that has one, else null; it goes with the activations. */
  readonly mask: tf.Tensor4D | null;
  /**
   * G's gradients, by the gradients of its objective with respect to the fake, and to the mask where a term looks at it. Once; frees fake,
   * mask and activations.
   */
  backward(gradient: tf.Tensor4D, maskGradient?: tf.Tensor4D | null): NamedGradients;
  /** Frees both of a pass that is not run backwards. */
  dispose(): void;
}

const statisticsOf = (
  generator: tf.LayersModel,
  source: tf.Tensor4D,
  label: tf.Tensor2D,
): GeneratorOutputs & { readonly statistics: readonly BatchStatistics[] } => {
  const statistics: BatchStatistics[] = [];
  const mode: BatchNormMode = { training: true, statistics };
  return { ...outputsOf(generator.apply([source, label], { ...mode }) as tf.Tensor), statistics };
};

/**
 * A training-mode pass of the generator without a way back, [B,S,S,3] in [-1, 1]; the caller disposes.
 * @param updates how often its batch statistics count in the moving averages
 * @param count counts them, or has others do so
 */
export function generate(
  generator: tf.LayersModel,
  source: tf.Tensor4D,
  label: tf.Tensor2D,
  updates: number,
  count: CountStatistics = countStatistics,
): tf.Tensor4D {
  const { fake, mask, statistics } = statisticsOf(generator, source, label);
  count(statistics, updates);
  mask?.dispose();
  return fake;
}

/**
 * fake = G(source, label), recorded.
 * @param updates how often its batch statistics count in the moving averages
 * @param count counts them, or has others do so
 */
export function forwardGenerator(
  generator: tf.LayersModel,
  { source, trueLabel }: Pick<StepInput, 'source' | 'trueLabel'>,
  updates: number,
  count: CountStatistics = countStatistics,
): GeneratorPass {
  const seen: BatchStatistics[] = [];
  // a pass has one output: the mask is a fourth channel of it
  const pass = recordPass(() => {
    const { fake, mask, statistics } = statisticsOf(generator, source, trueLabel);
    seen.push(...statistics);
    return mask ? tf.concat([fake, mask], 3) : fake;
  });
  count(seen, updates);
  const variables = trainableWeights(generator);
  const firstFilter = variables.get('generator/conv1/weights');
  if (!hasMask(generator))
    return {
      fake: pass.output,
      mask: null,
      dispose: () => pass.dispose(),
      backward: (gradient) => gradientsOfPass(pass, variables, gradient, firstFilter),
    };
  const [batch, size, width] = pass.output.shape;
  const channels = (first: number, count: number): tf.Tensor4D =>
    tf.keep(tf.slice(pass.output, [0, 0, 0, first], [batch, size, width, count]));
  const fake = channels(0, 3);
  const mask = channels(3, 1);
  return {
    fake,
    mask,
    dispose: () => {
      pass.dispose();
      tf.dispose([fake, mask]);
    },
    backward: (gradient, maskGradient) => {
      const both = tf.tidy(() => tf.concat([gradient, maskGradient ?? tf.zerosLike(mask)], 3));
      const gradients = gradientsOfPass(pass, variables, both, firstFilter);
      tf.dispose([both, fake, mask]);
      return gradients;
    },
  };
}

/** What the discriminator looks at of pictures [B,S,S,3] in [-1, 1]: themselves, or what the perceptual network sees in them. */
export function lookAt(
  { discriminator, perceptual }: Pick<Networks, 'discriminator' | 'perceptual'>,
  image: tf.Tensor4D,
): tf.Tensor[] {
  if (!isProjected(discriminator)) return [image];
  if (!perceptual) throw new Error('discriminator: expected perceptual networks, got none');
  return perceptual.projector.apply(toAlexNetInput(image, ALEXNET_SIZE)) as tf.Tensor[];
}

/** Scores of what {@link lookAt} gives under one-hot labels, by the batch's own statistics. */
export const score = (
  discriminator: tf.LayersModel,
  seen: readonly tf.Tensor[],
  label: tf.Tensor2D,
  mode: BatchNormMode,
): tf.Tensor => discriminator.apply([...seen, label], { ...mode }) as tf.Tensor;

/** Scores of pictures [B,S,S,3] in [-1, 1] under one-hot labels, by the batch's own statistics. */
export const discriminate = (
  networks: Pick<Networks, 'discriminator' | 'perceptual'>,
  image: tf.Tensor4D,
  label: tf.Tensor2D,
  mode: BatchNormMode,
): tf.Tensor => score(networks.discriminator, lookAt(networks, image), label, mode);
