/** @file The two objectives' gradients: of D's weights, and of the generated picture itself. */

import { withoutGradients } from '../engine/kernels/unneeded-gradients';
import { tf } from '../engine/tf';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { discriminatorLoss } from '../losses/adversarial';
import type { DiscriminatorTerms } from '../losses/adversarial';
import { discriminatorObjective, generatorObjective } from '../losses/objective';
import { toAlexNetInput } from '../losses/picture-tensors';
import { isNeeded } from '../losses/term';
import type { GeneratedBatch, LossTerm, TermNeed, TermValues } from '../losses/term';
import { gradientsOf } from '../models/gradients';
import type { NamedGradients } from '../models/gradients';
import { countStatistics } from '../models/layers/batch-normalization';
import type {
  BatchNormMode,
  BatchStatistics,
  CountStatistics,
} from '../models/layers/batch-normalization';
import { trainableWeights } from '../models/named-weights';
import type { PerceptualNetworks } from '../models/perceptual-networks';
import { changesOf } from './draw-changes';
import type { StepChanges } from './draw-changes';
import { discriminate, lookAt, score } from './forward';
import type { Networks, StepInput } from './forward';
import { changePictures } from './picture-changes';

/** Batch statistics without a trace in the moving averages. */
const UNCOUNTED: BatchNormMode = { training: true };

/** What D sees of pictures [B,S,S,3] in G's update. */
function seenInOthersUpdate(
  pictures: tf.Tensor4D,
  { discriminatorChanges: changes }: Pick<StepInput, 'discriminatorChanges'>,
): tf.Tensor4D {
  return changes ? changePictures(pictures, changesOf(changes, ['judged'])) : pictures;
}

/** What D sees of real, mislabelled and fake pictures in its own update, 3·B of each. */
function seenInOwnUpdate(
  networks: Pick<Networks, 'discriminator' | 'perceptual'>,
  { real, discriminatorChanges: changes }: Pick<StepInput, 'real' | 'discriminatorChanges'>,
  fake: tf.Tensor4D,
): tf.Tensor[] {
  if (changes) {
    const all = tf.concat([real, real, fake]);
    return lookAt(
      networks,
      changePictures(all, changesOf(changes, ['real', 'mislabelled', 'fake'])),
    );
  }
  const ofFake = lookAt(networks, fake);
  return lookAt(networks, real).map((seen, i) => tf.concat([seen, seen, ofFake[i] as tf.Tensor]));
}

/** What the perceptual networks see of pictures [B,227,227,3]. */
const seenByPerceptual = (
  pictures: tf.Tensor4D,
  { perceptualChanges: changes }: Pick<StepInput, 'perceptualChanges'>,
): tf.Tensor4D => (changes ? changePictures(pictures, changes) : pictures);

/** D's gradients with the terms of its loss; all tensors belong to the caller. @param count counts batch norm's statistics, or has others do so */
export function discriminatorGradients(
  networks: Pick<Networks, 'discriminator' | 'perceptual'>,
  input: StepInput,
  fake: tf.Tensor4D,
  terms: readonly LossTerm[],
  count: CountStatistics = countStatistics,
): { readonly gradients: NamedGradients; readonly values: DiscriminatorTerms } {
  let values: DiscriminatorTerms | undefined;
  const { discriminator } = networks;
  const variables = trainableWeights(discriminator);
  const computeLoss = (): tf.Scalar => {
    // one pass over three batches: a third of the kernels, and each filter is transformed once
    const statistics: BatchStatistics[] = [];
    const labels = tf.concat([input.trueLabel, input.falseLabel, input.trueLabel]);
    const mode = { training: true, parts: 3, statistics };
    const scores = score(discriminator, seenInOwnUpdate(networks, input, fake), labels, mode);
    count(statistics, 1);
    const [real, mislabelled, ofFake] = tf.split(scores, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    values = discriminatorLoss({ real, mislabelled, fake: ofFake });
    Object.values(values).forEach((term) => tf.keep(term as tf.Tensor));
    return discriminatorObjective(values.loss, terms);
  };
  const { value, gradients } = gradientsOf(
    variables,
    computeLoss,
    variables.get('discriminator/dis/weights'),
  );
  value.dispose();
  if (!values) throw new Error('discriminator: the loss was not computed');
  return { gradients, values };
}

/** φ(source) [B,…], or null when no term needs it; the caller disposes. */
export function sourceFeatures(
  { perceptual }: Networks,
  { source227, ...input }: StepInput,
): tf.Tensor | null {
  const extractor = perceptual?.identityExtractor;
  if (!extractor || !source227) return null;
  return tf.tidy(() => extractor.predictOnBatch(seenByPerceptual(source227, input)) as tf.Tensor);
}

/** Calls a function once, and gives its result again. */
function once<T>(compute: () => T): () => T {
  const made: T[] = [];
  return () => {
    if (made.length === 0) made.push(compute());
    return made[0] as T;
  };
}

function expectThere<T>(value: T | null | undefined, need: TermNeed): T {
  if (value === null || value === undefined)
    throw new Error(
      `loss term: expected it to say that it needs '${need}', got a term that does not.`,
    );
  return value;
}

/** The features and the logits of generated pictures: one pass over the trunk that they share, and one of a second age classifier. */
function perceive(
  { identityExtractor, ageClassifier, joint, secondAgeClassifier }: PerceptualNetworks,
  fake: tf.Tensor4D,
  changes: Pick<StepInput, 'perceptualChanges'>,
): { readonly features: tf.Tensor | null; readonly ageLogits: readonly tf.Tensor2D[] | null } {
  const pictures = seenByPerceptual(toAlexNetInput(fake, ALEXNET_SIZE), changes);
  const outputs = [joint.apply(pictures)].flat() as tf.Tensor[];
  const features = identityExtractor ? (outputs.shift() ?? null) : null;
  if (!ageClassifier) return { features, ageLogits: null };
  if (secondAgeClassifier) outputs.push(secondAgeClassifier.apply(pictures) as tf.Tensor);
  return { features, ageLogits: outputs as tf.Tensor2D[] };
}

/**
 * What terms may look at.
 * @param features φ of the source, where a term needs it
 * @param mask of the generator, where it has one
 */
export function generatedBatch(
  { discriminator, perceptual }: Pick<Networks, 'perceptual'> & Partial<Networks>,
  input: Pick<StepInput, 'source' | 'trueLabel' | 'prototype'> & StepChanges,
  fake: tf.Tensor4D,
  features: tf.Tensor | null,
  mask: tf.Tensor4D | null = null,
): GeneratedBatch {
  const perceived = once(() => perceptual && perceive(perceptual, fake, input));
  const { source, trueLabel: label } = input;
  const scores = (): tf.Tensor =>
    discriminate(
      { discriminator: expectThere(discriminator, 'scores'), perceptual },
      seenInOthersUpdate(fake, input),
      label,
      UNCOUNTED,
    );
  return {
    fake,
    source,
    label,
    scores: once(scores),
    features: () => expectThere(perceived()?.features, 'features'),
    sourceFeatures: () => expectThere(features, 'features'),
    ageLogits: () => expectThere(perceived()?.ageLogits, 'ages'),
    mask: () => expectThere(mask, 'mask'),
    prototype: () => expectThere(input.prototype, 'prototype'),
  };
}

/** Terms that are computed together, since they look through the same network; groups are summed in this order. */
const GROUPS: readonly (readonly (TermNeed | undefined)[])[] = [
  ['scores'],
  [undefined, 'prototype'],
  ['features', 'ages'],
];

/** The gradient of G's objective with respect to the picture itself, [B,S,S,3], with the unweighted terms; the caller owns all. */
export interface PictureGradient {
  readonly gradient: tf.Tensor4D;
  /** With respect to the mask, [B,S,S,1]; null where no term looks at it. */
  readonly maskGradient: tf.Tensor4D | null;
  readonly values: TermValues;
}

/**
 * Backpropagates the terms of each network on their own, so that only one of D's and AlexNet's activations is in memory at a time;
 * the gradients with respect to the picture add up.
 * @param mask of the generator, where it has one
 */
export function pictureGradient(
  networks: Networks,
  input: StepInput,
  fake: tf.Tensor4D,
  terms: readonly LossTerm[],
  mask: tf.Tensor4D | null = null,
): PictureGradient {
  const values: Record<string, tf.Scalar | null> = Object.fromEntries(
    terms.map(({ name }) => [name, null]),
  );
  const features = isNeeded(terms, 'features') ? sourceFeatures(networks, input) : null;
  const gradients: tf.Tensor[] = [];
  const addGradientOf = (group: readonly LossTerm[]): void => {
    const objective = (picture: tf.Tensor): tf.Tensor => {
      const batch = generatedBatch(networks, input, picture as tf.Tensor4D, features);
      for (const term of group) values[term.name] = tf.keep(term.compute(batch));
      return generatorObjective(values, group);
    };
    // the perceptual networks are frozen, and so is D here
    gradients.push(withoutGradients({ filters: true }, () => tf.grad(objective)(fake)));
  };
  const ofMask = terms.filter(({ weight, needs }) => weight > 0 && needs === 'mask');
  const maskGradients: tf.Tensor4D[] = [];
  const addMaskGradient = (): void => {
    const objective = (seen: tf.Tensor): tf.Tensor => {
      const batch = generatedBatch(networks, input, fake, null, seen as tf.Tensor4D);
      for (const term of ofMask) values[term.name] = tf.keep(term.compute(batch));
      return generatorObjective(values, ofMask);
    };
    maskGradients.push(tf.grad(objective)(expectThere(mask, 'mask')) as tf.Tensor4D);
  };
  try {
    if (ofMask.length > 0) addMaskGradient();
    for (const needs of GROUPS) {
      const group = terms.filter(({ weight, needs: need }) => weight > 0 && needs.includes(need));
      if (group.length > 0) addGradientOf(group);
    }
  } catch (error) {
    // a term of a caller's own failed
    const made = [...gradients, ...maskGradients, ...Object.values(values), features];
    tf.dispose(made.filter((tensor) => tensor !== null));
    throw error;
  }
  const gradient =
    gradients.length === 0 ? tf.zerosLike(fake) : (tf.addN(gradients) as tf.Tensor4D);
  tf.dispose(features === null ? gradients : [...gradients, features]);
  return { gradient, maskGradient: maskGradients[0] ?? null, values };
}
