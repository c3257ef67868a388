/** @file The generator: a photograph and an age group in, the same person at that age out (section 3.1 of the paper). */

import { UserError } from '../errors';
import { tf } from '../engine/tf';
import { batchNorm, convolution, relu, resizeConvolution, upConvolution } from './blocks';
import type { GeneratorShape, Upsampling } from './generator-record';
import { labelMaps } from './layers/label-maps';

/** Channels after the first convolution at width 1. */
export const GENERATOR_CHANNELS = 32;
/** Residual blocks between the encoder and the decoder. */
const RESIDUAL_BLOCKS = 6;

const LABEL_MAPS = 'generator/label_maps';
const LAST = 'generator/conv4';

/** How it is built for use. */
export interface ResidualShape extends GeneratorShape {
  /** Without batch norm: for convolutions that have it in their own weights (fold-batch-norm.ts). */
  readonly isFolded?: boolean;
}

/** How each kind of upsampling is built; the names tell which a trained generator has. */
const DECODERS = {
  transposed: { up: upConvolution, names: ['generator/deconv1', 'generator/deconv2'] },
  resize: { up: resizeConvolution, names: ['generator/upconv1', 'generator/upconv2'] },
} as const satisfies Readonly<Record<Upsampling, unknown>>;

/** A convolution's batch norm: a layer of its own, or none where it is folded into the convolution. */
type Norm = (x: tf.SymbolicTensor, name: string) => tf.SymbolicTensor;

function residualBlock(
  x: tf.SymbolicTensor,
  name: string,
  filters: number,
  norm: Norm,
): tf.SymbolicTensor {
  let h = convolution(x, { name: `${name}/sub1/conv1`, filters, kernelSize: 3 });
  h = relu(norm(h, `${name}/sub1/bn1`), `${name}/sub1/relu1`);
  h = convolution(h, { name: `${name}/sub2/conv2`, filters, kernelSize: 3 });
  h = norm(h, `${name}/sub2/bn2`);
  return tf.layers.add({ name: `${name}/add` }).apply([x, h]) as tf.SymbolicTensor;
}

/** What the last convolution makes, and what becomes of it. */
export interface PictureHead {
  /** Channels of the last convolution. */
  readonly channels: number;
  /** Whether the last convolution follows the residual blocks, on a quarter of the picture's sides, and no decoder is built. */
  readonly isCoarse?: boolean;
  /** From its output [B,S,S,channels], or [B,S/4,S/4,channels], and the source [B,S,S,3]: the picture [B,S,S,3] in [-1, 1], and what else there is. */
  outputs(
    x: tf.SymbolicTensor,
    source: tf.SymbolicTensor,
    label: tf.SymbolicTensor,
  ): tf.SymbolicTensor[];
}

/** The original's: colours by a tanh. */
const colourHead: PictureHead = {
  channels: 3,
  outputs: (x) => [
    tf.layers
      .activation({ activation: 'tanh', name: 'generator/tanh' })
      .apply(x) as tf.SymbolicTensor,
  ],
};

/**
 * Builds the generator: inputs are the source [B,S,S,3] (RGB 0..255 minus the mean) and one-hot labels [B,K],
 * the output is [B,S,S,3] in [-1, 1]. Weights are zero until initialised or loaded.
 * @throws UserError when the size is not a multiple of 4
 */
export function buildGenerator(
  {
    imageSize: size,
    ageGroups,
    channels: c,
    labelScale: scale = 1,
    upsampling = 'transposed',
    isFolded = false,
  }: ResidualShape,
  head: PictureHead = colourHead,
): tf.LayersModel {
  if (size % 4 !== 0)
    throw new UserError(
      `--image_size: expected a multiple of 4, got ${size}. The generator halves the picture twice.`,
    );
  const norm: Norm = isFolded ? (x) => x : batchNorm;
  const source = tf.input({ shape: [size, size, 3], name: 'generator/source' });
  const label = tf.input({ shape: [ageGroups], name: 'generator/label' });
  let x = labelMaps({ name: LABEL_MAPS, scale }).apply([source, label]) as tf.SymbolicTensor; // [B, S, S, 3+K]
  x = convolution(x, { name: 'generator/conv1', filters: c, kernelSize: 7 }); //                          [B, S, S, 32]
  x = relu(norm(x, 'generator/bn1'), 'generator/relu1');
  x = convolution(x, { name: 'generator/conv2', filters: 2 * c, kernelSize: 3, strides: 2 }); //          [B, S/2, S/2, 64]
  x = relu(norm(x, 'generator/bn2'), 'generator/relu2');
  x = convolution(x, { name: 'generator/conv3', filters: 4 * c, kernelSize: 3, strides: 2 }); //          [B, S/4, S/4, 128]
  x = relu(norm(x, 'generator/bn3'), 'generator/relu3');
  for (let unit = 0; unit < RESIDUAL_BLOCKS; unit++)
    x = residualBlock(x, `generator/unit_${unit}`, 4 * c, norm);
  if (head.isCoarse === true) {
    x = convolution(x, { name: LAST, filters: head.channels, kernelSize: 3 });
    return tf.model({ inputs: [source, label], outputs: head.outputs(x, source, label), name: 'generator' });
  }
  const { up, names } = DECODERS[upsampling];
  x = up(x, { name: names[0], filters: 2 * c, kernelSize: 3 }); //                  [B, S/2, S/2, 64]
  x = relu(norm(x, 'generator/bn4'), 'generator/relu4');
  x = up(x, { name: names[1], filters: c, kernelSize: 3 }); //                      [B, S, S, 32]
  x = relu(norm(x, 'generator/bn5'), 'generator/relu5');
  x = convolution(x, { name: LAST, filters: head.channels, kernelSize: 7 }); //              [B, S, S, 3]
  const outputs = head.outputs(x, source, label);
  return tf.model({ inputs: [source, label], outputs, name: 'generator' });
}

/** How a generator's decoder doubles the size. */
export const upsamplingOf = (generator: tf.LayersModel): Upsampling =>
  generator.layers.some(({ name }) => name === DECODERS.resize.names[0]) ? 'resize' : 'transposed';

/** What the plane of the label's group holds in a generator. */
export const labelScaleOf = (generator: tf.LayersModel): number =>
  Number(generator.getLayer(LABEL_MAPS).getConfig().scale);
