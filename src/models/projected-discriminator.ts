/**
 * @file A discriminator that looks at pictures through the frozen perceptual network: it sees skin, lines and hair from its first step, where
 * one that starts from pixels takes thousands to tell a wrinkle from a stripe. Not in the paper; after Sauer et al., Projected GANs, 2021.
 * It has a score of the whole face where a patch discriminator has one of every place: faces are aligned, and what is skin on a cheek is a
 * smudge on an eyelid.
 */

import { tf } from '../engine/tf';
import { convolution, leakyRelu } from './blocks';
import { unnormedStddev } from './discriminator';
import { unitFeatures } from './layers/unit-features';

/** What it is built from. */
export interface ProjectedShape {
  /** Shapes of the features that it looks at: conv2's [27,27,C], which are fine, and pool5's [6,6,C], which are deep. */
  readonly features: readonly [conv2: readonly number[], pool5: readonly number[]];
  readonly ageGroups: number;
  /** Its convolution has twice as many, its hidden layers eight times. */
  readonly channels: number;
}

/** Every picture's score before anything is learnt: between a real one's 1 and a fake one's 0. */
const UNDECIDED = 0.5;

/** The last layers, whose weights start at zero: {@link projectedStddev}. */
const SCORES = '/scores';

function dense(x: tf.SymbolicTensor, name: string, units: number, bias = 0): tf.SymbolicTensor {
  return tf.layers
    .dense({
      name,
      units,
      kernelInitializer: 'zeros',
      biasInitializer: tf.initializers.constant({ value: bias }),
    })
    .apply(x) as tf.SymbolicTensor;
}

/** Features at unit length, so that no network's scale decides how fast it learns. */
const unit = (x: tf.SymbolicTensor, name: string): tf.SymbolicTensor =>
  unitFeatures({ name }).apply(x) as tf.SymbolicTensor;

/** Scores of features [B,...] under every age group, and of them the label's: [B,1]. */
function judge(
  x: tf.SymbolicTensor,
  label: tf.SymbolicTensor,
  name: string,
  units: number,
): tf.SymbolicTensor {
  const groups = Number(label.shape[1]);
  let y = tf.layers.flatten({ name: `${name}/flat` }).apply(x) as tf.SymbolicTensor;
  for (const i of [1, 2])
    y = leakyRelu(dense(y, `${name}/hidden_${i}`, units), `${name}/hidden_lrelu_${i}`);
  const scores = dense(y, `${name}${SCORES}`, groups, UNDECIDED);
  return tf.layers
    .dot({ axes: 1, name: `${name}/label` })
    .apply([scores, label]) as tf.SymbolicTensor;
}

/**
 * Builds it: inputs are both features and one-hot labels [B,K], the output are two raw scores [B,2], of the fine features and of the deep
 * ones. Weights start at zero; {@link projectedStddev} says how to fill them.
 */
export function buildProjectedDiscriminator({
  features: [fineShape, deepShape],
  ageGroups,
  channels: c,
}: ProjectedShape): tf.LayersModel {
  const input = (shape: readonly number[], name: string): tf.SymbolicTensor =>
    tf.input({ shape: [...shape], name: `discriminator/${name}` });
  const conv2 = input(fineShape, 'conv2');
  const pool5 = input(deepShape, 'pool5');
  const label = input([ageGroups], 'label');
  const strongest = tf.layers
    .maxPooling2d({ poolSize: 3, strides: 2, padding: 'valid', name: 'discriminator/strongest' })
    .apply(unit(conv2, 'discriminator/unit2')) as tf.SymbolicTensor; // [B,13,13,C]
  const name = 'discriminator/fine';
  const fine = convolution(strongest, {
    name,
    filters: 2 * c,
    kernelSize: 3,
    strides: 2,
    padding: 'valid',
  }); // [B,6,6,2c]
  const scores = tf.layers
    .concatenate({ name: 'discriminator/both' })
    .apply([
      judge(leakyRelu(fine, 'discriminator/fine_lrelu'), label, name, 8 * c),
      judge(unit(pool5, 'discriminator/unit5'), label, 'discriminator/deep', 8 * c),
    ]) as tf.SymbolicTensor;
  return tf.model({ inputs: [conv2, pool5, label], outputs: scores, name: 'discriminator' });
}

/** Standard deviations of its starting weights: those of a discriminator without batch norm, and none in the last layers. */
export const projectedStddev = (name: string, shape: readonly number[]): number =>
  name.includes(SCORES) ? 0 : unnormedStddev(name, shape);

/** Whether a discriminator looks at features, not at pixels. */
export const isProjected = (discriminator: tf.LayersModel): boolean =>
  discriminator.inputs.length > 2;
