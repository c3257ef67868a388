/**
 * @file A generator that strengthens and weakens what details its source has, and moves its light and colourfulness, by smooth maps: it can
 * deepen a fold and smooth a cheek, and cannot draw a line that is not there. Not in the paper; the bands are those of a Laplacian pyramid (Burt
 * and Adelson, 1983) that is not made smaller, and strengthening them by age follows Tiddeman, Burt and Perrett (Prototyping and Transforming
 * Facial Textures for Perception Research, 2001).
 */

import { tf } from '../engine/tf';
import { foldBatchNorm } from './fold-batch-norm';
import { buildGenerator, GENERATOR_CHANNELS } from './generator';
import type { PictureHead } from './generator';
import type { GeneratorRecord } from './generator-record';
import { gaussianBlur } from './layers/gaussian-blur';
import { BANDS, editStrength, pyramidBlend } from './layers/pyramid-blend';

/** The encoder halves the sides twice. */
const COARSE = 4;

/** Maps of the picture's size without steps: nearest neighbours, then a blur of three pixels at 128 × 128. */
function smoothMaps(coarse: tf.SymbolicTensor, size: number): tf.SymbolicTensor {
  const larger = tf.layers
    .upSampling2d({ size: [COARSE, COARSE], name: 'generator/maps/larger' })
    .apply(coarse);
  const blur = gaussianBlur({ name: 'generator/maps', sigma: (3 * size) / 128 });
  return blur.apply(larger) as tf.SymbolicTensor;
}

/** A gain for each band, light, and colourfulness. */
const CHANNELS = BANDS + 2;

/** A side, its half, and so on as long as it is even. */
const sidesFrom = (side: number): number[] =>
  side % 2 === 0 ? [side, ...sidesFrom(side / 2)] : [side];

/**
 * What every face of a group gets, maps of some sizes from a quarter of the picture's sides down: a group's mean change is found in a few steps by the
 * coarsest, and the residual blocks have to learn only in what a face differs from it.
 */
function ofGroup(label: tf.SymbolicTensor, size: number): tf.SymbolicTensor[] {
  const groups = label.shape[1] ?? 0;
  const pixel = tf.layers
    .reshape({ targetShape: [1, 1, groups], name: 'generator/group' })
    .apply(label) as tf.SymbolicTensor;
  return sidesFrom(size).map((side) => {
    const name = `generator/group_${side}`;
    const map = tf.layers
      .conv2dTranspose({
        ...{ name, filters: CHANNELS, kernelSize: side, strides: side, padding: 'same' },
        ...{ kernelInitializer: 'zeros', biasInitializer: 'zeros' },
      })
      .apply(pixel) as tf.SymbolicTensor;
    const times = size / side;
    return tf.layers
      .upSampling2d({ size: [times, times], name: `${name}/larger` })
      .apply(map) as tf.SymbolicTensor;
  });
}

const head: PictureHead = {
  channels: CHANNELS,
  isCoarse: true,
  outputs: (ofFace, source, label) => {
    const coarse = tf.layers
      .add({ name: 'generator/edits' })
      .apply([ofFace, ...ofGroup(label, ofFace.shape[1] ?? 0)]) as tf.SymbolicTensor;
    const maps = smoothMaps(coarse, source.shape[1] ?? 0);
    const fake = pyramidBlend({ name: 'generator/blend' }).apply([maps, source]);
    const mask = editStrength({ name: 'generator/mask' }).apply(maps);
    return [fake, mask] as tf.SymbolicTensor[];
  },
};

/** The one that edits details. */
export const pyramidGenerator: GeneratorRecord = {
  kind: 'pyramid',
  description: 'which strengthens and weakens the details that the source has, band by band',
  channels: GENERATOR_CHANNELS,
  hasMask: true,
  isCoarse: true,
  build: (shape) => buildGenerator(shape, head),
  fold: (generator) => foldBatchNorm(generator, head),
};
