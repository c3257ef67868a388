/** @file The patch discriminator: a picture and an age group in, one score per patch and channel out. */

import { tf } from '../engine/tf';
import { batchNorm, convolution, LEAKY_SLOPE, leakyRelu } from './blocks';
import { labelMaps } from './layers/label-maps';

/** Channels after the first convolution at width 1. */
export const DISCRIMINATOR_CHANNELS = 64;

/** What it looks at: the picture, as the original, or what the frozen perceptual network sees in it (projected-discriminator.ts). */
export const DISCRIMINATOR_KINDS = ['patch', 'projected'] as const;
export type DiscriminatorKind = (typeof DISCRIMINATOR_KINDS)[number];

/** Whether it has batch norm, as the original, or none. */
export const DISCRIMINATOR_NORMS = ['batch', 'none'] as const;
export type DiscriminatorNorm = (typeof DISCRIMINATOR_NORMS)[number];

/**
 * Standard deviations that a discriminator without batch norm starts from, of weights [...,in,out]: what goes through its leaky ReLUs keeps its
 * size (He et al. 2015). With the original's 0.02 it would shrink to a hundredth, and D would answer the same to every picture for long.
 */
export const unnormedStddev = (_name: string, shape: readonly number[]): number =>
  Math.sqrt(2 / ((1 + LEAKY_SLOPE ** 2) * shape.slice(0, -1).reduce((a, b) => a * b, 1)));

/** What a discriminator is built from. */
export interface DiscriminatorShape {
  /** Height and width of the picture in pixels. */
  readonly imageSize: number;
  readonly ageGroups: number;
  /** Channels after the first convolution; 64 in the original, of which `width` is the multiplier. */
  readonly channels: number;
  /**
   * Batch norm when absent. It takes each of real, mislabelled and generated pictures by their own statistics, and hides what all of one kind
   * have in common, such as a tint, from every layer but the first.
   */
  readonly norm?: DiscriminatorNorm;
}

/**
 * Builds the discriminator: inputs are a picture [B,S,S,3] in [-1, 1] and one-hot labels [B,K],
 * the output are raw LSGAN scores [B,S/8,S/8,512]: the last layer has as many channels as the one before it.
 */
export function buildDiscriminator({
  imageSize: size,
  ageGroups,
  channels: c,
  norm = 'batch',
}: DiscriminatorShape): tf.LayersModel {
  const normed = norm === 'batch' ? batchNorm : (x: tf.SymbolicTensor): tf.SymbolicTensor => x;
  const image = tf.input({ shape: [size, size, 3], name: 'discriminator/image' });
  const label = tf.input({ shape: [ageGroups], name: 'discriminator/label' });
  let x = convolution(image, { name: 'discriminator/dis', filters: c, kernelSize: 4, strides: 2 }); //     [B, S/2, S/2, 64]
  x = leakyRelu(x, 'discriminator/lrelu');
  x = labelMaps({ name: 'discriminator/label_maps' }).apply([x, label]) as tf.SymbolicTensor; //       [B, S/2, S/2, 64+K]
  x = convolution(x, { name: 'discriminator/dis_1', filters: 2 * c, kernelSize: 4, strides: 2 }); //       [B, S/4, S/4, 128]
  x = leakyRelu(normed(x, 'discriminator/dis_bn0'), 'discriminator/lrelu_1');
  x = convolution(x, { name: 'discriminator/dis_2', filters: 4 * c, kernelSize: 4, strides: 2 }); //       [B, S/8, S/8, 256]
  x = leakyRelu(normed(x, 'discriminator/dis_bn1'), 'discriminator/lrelu_2');
  x = convolution(x, { name: 'discriminator/dis_3', filters: 8 * c, kernelSize: 4 }); //                   [B, S/8, S/8, 512]
  x = leakyRelu(normed(x, 'discriminator/dis_bn2'), 'discriminator/lrelu_3');
  const logits = convolution(x, { name: 'discriminator/dis_4', filters: 8 * c, kernelSize: 4 }); //        [B, S/8, S/8, 512]
  return tf.model({ inputs: [image, label], outputs: logits, name: 'discriminator' });
}
