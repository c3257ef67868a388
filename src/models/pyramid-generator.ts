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

const head: PictureHead = {
  // a gain for each band, light, and colourfulness
  channels: BANDS + 2,
  isCoarse: true,
  outputs: (coarse, source) => {
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
