/** @file The pieces that generator and discriminator are built of. */

import { tf } from '../engine/tf';
import { batchNormalization } from './layers/batch-normalization';

/** Slope of the discriminator's leaky ReLU for negative inputs. */
export const LEAKY_SLOPE = 0.2;

/** A convolution's settings; weights start at zero and are filled by `initializeWeights` or from a checkpoint. */
interface Convolution {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  /** SAME when absent. */
  readonly padding?: 'same' | 'valid';
}

function layerConfig({ name, filters, kernelSize, strides = 1, padding = 'same' }: Convolution) {
  return {
    name,
    filters,
    kernelSize,
    strides,
    padding,
    kernelInitializer: 'zeros',
    biasInitializer: 'zeros',
  } as const;
}

/** Convolution with a bias. */
export function convolution(x: tf.SymbolicTensor, settings: Convolution): tf.SymbolicTensor {
  return tf.layers.conv2d(layerConfig(settings)).apply(x) as tf.SymbolicTensor;
}

/** SAME transposed convolution with a bias, twice the size. */
export function upConvolution(x: tf.SymbolicTensor, settings: Convolution): tf.SymbolicTensor {
  return tf.layers
    .conv2dTranspose(layerConfig({ strides: 2, ...settings }))
    .apply(x) as tf.SymbolicTensor;
}

/**
 * Nearest neighbours, twice the size, then a SAME convolution with a bias: every pixel is made of as many weights as its neighbour, so that
 * there is no checkerboard to unlearn (Odena et al. 2016).
 */
export function resizeConvolution(x: tf.SymbolicTensor, settings: Convolution): tf.SymbolicTensor {
  const larger = tf.layers
    .upSampling2d({ size: [2, 2], name: `${settings.name}/larger` })
    .apply(x) as tf.SymbolicTensor;
  return convolution(larger, settings);
}

/** Batch norm named as the original's variables are. */
export function batchNorm(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return batchNormalization({ name }).apply(x) as tf.SymbolicTensor;
}

export function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.activation({ activation: 'relu', name }).apply(x) as tf.SymbolicTensor;
}

export function leakyRelu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.leakyReLU({ alpha: LEAKY_SLOPE, name }).apply(x) as tf.SymbolicTensor;
}
