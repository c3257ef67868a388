/**
 * @file A discriminator that looks at pictures through the frozen perceptual network: it sees skin, lines and hair from its first step, where
 * one that starts from pixels takes thousands to tell a wrinkle from a stripe. Not in the paper; after Sauer et al., Projected GANs, 2021.
 * It has a score of the whole face where a patch discriminator has one of every place: faces are aligned, and what is skin on a cheek is a
 * smudge on an eyelid. Features at unit length do not tell a pale face from a dark one: a small copy of the picture beside them does.
 */

import { tf } from '../engine/tf';
import { HALF_RANGE } from '../images/pixel-range';
import type { AlexNetTrunk } from './alexnet';
import { convolution, leakyRelu } from './blocks';
import { unnormedStddev } from './discriminator';
import { unitFeatures } from './layers/unit-features';

/** What it is built from. */
export interface ProjectedShape {
  /** Shapes of what it looks at, as {@link projections} gives it. */
  readonly features: readonly (readonly number[])[];
  readonly ageGroups: number;
  /** Its convolution has twice as many, its hidden layers eight times. */
  readonly channels: number;
}

/** Every picture's score before anything is learnt: between a real one's 1 and a fake one's 0. */
const UNDECIDED = 0.5;

/** The last layers, whose weights start at zero: {@link projectedStddev}. */
const SCORES = '/scores';

/** Pixels of AlexNet's input that a pixel of the small copy is the mean of, in either direction: 16 × 16 of 227 × 227. */
const SMALL_STEP = 14;

/**
 * What it looks at of a picture: conv2 [B,27,27,C], which is fine, pool5 [B,6,6,C], which is deep, and a copy [B,16,16,3] of the picture around
 * 0, which has light and colour.
 */
export function projections({
  image,
  conv2,
  pool5,
}: Pick<AlexNetTrunk, 'image' | 'conv2' | 'pool5'>): tf.SymbolicTensor[] {
  const small = tf.layers
    .averagePooling2d({
      poolSize: SMALL_STEP,
      strides: SMALL_STEP,
      padding: 'valid',
      name: 'projector/small',
    })
    .apply(image);
  const light = tf.layers
    .rescaling({ scale: 1 / HALF_RANGE, name: 'projector/light' })
    .apply(small);
  return [conv2, pool5, light as tf.SymbolicTensor];
}

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
 * Builds it: inputs are the three {@link projections} and one-hot labels [B,K], the output are as many raw scores [B,3].
 * Weights start at zero; {@link projectedStddev} says how to fill them.
 */
export function buildProjectedDiscriminator({
  features: [fineShape = [], deepShape = [], lightShape = []],
  ageGroups,
  channels: c,
}: ProjectedShape): tf.LayersModel {
  const input = (shape: readonly number[], name: string): tf.SymbolicTensor =>
    tf.input({ shape: [...shape], name: `discriminator/${name}` });
  const conv2 = input(fineShape, 'conv2');
  const pool5 = input(deepShape, 'pool5');
  const light = input(lightShape, 'small');
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
      judge(light, label, 'discriminator/light', 8 * c),
    ]) as tf.SymbolicTensor;
  return tf.model({
    inputs: [conv2, pool5, light, label],
    outputs: scores,
    name: 'discriminator',
  });
}

/** Standard deviations of its starting weights: those of a discriminator without batch norm, and none in the last layers. */
export const projectedStddev = (name: string, shape: readonly number[]): number =>
  name.includes(SCORES) ? 0 : unnormedStddev(name, shape);

/** Whether a discriminator looks at features, not at pixels. */
export const isProjected = (discriminator: tf.LayersModel): boolean =>
  discriminator.inputs.length > 2;
