/**
 * @file A discriminator that looks at pictures through the frozen perceptual network: it sees skin, lines and hair from its first step, where
 * one that starts from pixels takes thousands to tell a wrinkle from a stripe. Not in the paper; after Sauer et al., Projected GANs, 2021.
 */

import { tf } from '../engine/tf';
import { convolution, leakyRelu } from './blocks';
import { labelMaps } from './layers/label-maps';
import { unitFeatures } from './layers/unit-features';

/** What it is built from. */
export interface ProjectedShape {
  /** Shapes of the features that it looks at: conv2's [27,27,C] and conv3's [13,13,C]. */
  readonly features: readonly [conv2: readonly number[], conv3: readonly number[]];
  readonly ageGroups: number;
  /** As of the discriminator of pixels: its first convolution has twice as many, the others four times. */
  readonly channels: number;
}

/**
 * Builds it: inputs are both features and one-hot labels [B,K], the output are raw scores [B,13,13,1]. Weights start at zero; `unnormedStddev`
 * (discriminator.ts) says how to fill them.
 */
export function buildProjectedDiscriminator({
  features: [shape2, shape3],
  ageGroups,
  channels: c,
}: ProjectedShape): tf.LayersModel {
  const input = (shape: readonly number[], name: string): tf.SymbolicTensor =>
    tf.input({ shape: [...shape], name: `discriminator/${name}` });
  const unit = (x: tf.SymbolicTensor, name: string): tf.SymbolicTensor =>
    unitFeatures({ name: `discriminator/${name}` }).apply(x) as tf.SymbolicTensor;
  const conv2 = input(shape2, 'conv2');
  const conv3 = input(shape3, 'conv3');
  const label = input([ageGroups], 'label');
  let fine = convolution(unit(conv2, 'unit2'), {
    name: 'discriminator/fine',
    filters: 2 * c,
    kernelSize: 3,
    strides: 2,
    padding: 'valid',
  }); // [B,13,13,2c]
  fine = leakyRelu(fine, 'discriminator/fine_lrelu');
  const both = tf.layers
    .concatenate({ name: 'discriminator/both' })
    .apply([fine, unit(conv3, 'unit3')]) as tf.SymbolicTensor;
  let x = labelMaps({ name: 'discriminator/label_maps' }).apply([both, label]) as tf.SymbolicTensor;
  for (const i of [1, 2])
    x = leakyRelu(
      convolution(x, { name: `discriminator/head_${i}`, filters: 4 * c, kernelSize: 3 }),
      `discriminator/head_lrelu_${i}`,
    );
  const scores = convolution(x, { name: 'discriminator/scores', filters: 1, kernelSize: 1 });
  return tf.model({ inputs: [conv2, conv3, label], outputs: scores, name: 'discriminator' });
}

/** Whether a discriminator looks at features, not at pixels. */
export const isProjected = (discriminator: tf.LayersModel): boolean =>
  discriminator.inputs.length > 2;
