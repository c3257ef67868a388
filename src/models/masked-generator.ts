/**
 * @file A generator that paints over its source where a mask says so: person, background and sharpness are there from the first step, and
 * training pays for ageing only. Not in the paper; after attention masks of face translation (Pumarola et al. 2018, GANimation).
 */

import type { tf } from '../engine/tf';
import { foldBatchNorm } from './fold-batch-norm';
import { buildGenerator, GENERATOR_CHANNELS } from './generator';
import type { PictureHead } from './generator';
import type { GeneratorRecord } from './generator-record';
import { changeMask } from './layers/change-mask';
import { maskBlend } from './layers/mask-blend';

/** A sigmoid of −2: an eighth of every pixel is painted before anything is learnt. */
const MASK_OFFSET = 2;

/** Three channels of colour and one of mask: the picture [B,S,S,3], and the mask [B,S,S,1]. */
const maskedHead: PictureHead = {
  channels: 4,
  outputs: (x, source) => {
    const mask = changeMask({ name: 'generator/mask', offset: MASK_OFFSET }).apply(
      x,
    ) as tf.SymbolicTensor;
    const fake = maskBlend({ name: 'generator/blend' }).apply([
      x,
      mask,
      source,
    ]) as tf.SymbolicTensor;
    return [fake, mask];
  },
};

/** The one that keeps the person. */
export const maskedGenerator: GeneratorRecord = {
  kind: 'masked',
  description: 'which paints over the source where a mask says so, and keeps the rest',
  channels: GENERATOR_CHANNELS,
  hasMask: true,
  build: (shape) => buildGenerator(shape, maskedHead),
  fold: (generator) => foldBatchNorm(generator, maskedHead),
};
