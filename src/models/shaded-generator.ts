/**
 * @file A generator that changes light and colourfulness of its source where a mask says so: wrinkles, shadows, grey hair. It has no paint of
 * its own, so that it cannot pay the age term by tinting faces, which a masked one does. Not in the paper.
 */

import type { tf } from '../engine/tf';
import { foldBatchNorm } from './fold-batch-norm';
import { buildGenerator, GENERATOR_CHANNELS } from './generator';
import type { PictureHead } from './generator';
import type { GeneratorRecord } from './generator-record';
import { changeMask } from './layers/change-mask';
import { shadeBlend } from './layers/shade-blend';

/** A sigmoid of −2: an eighth of the light of every pixel may change before anything is learnt. */
const MASK_OFFSET = 2;
const MASK_CHANNEL = 2;

/** A channel of light, one of colourfulness and one of mask: the picture [B,S,S,3], and the mask [B,S,S,1]. */
const shadedHead: PictureHead = {
  channels: 3,
  outputs: (x, source) => {
    const config = { name: 'generator/mask', offset: MASK_OFFSET, channel: MASK_CHANNEL };
    const mask = changeMask(config).apply(x) as tf.SymbolicTensor;
    const fake = shadeBlend({ name: 'generator/blend' }).apply([
      x,
      mask,
      source,
    ]) as tf.SymbolicTensor;
    return [fake, mask];
  },
};

/** The one that shades. */
export const shadedGenerator: GeneratorRecord = {
  kind: 'shaded',
  description: 'which changes light and colourfulness of the source where a mask says so',
  channels: GENERATOR_CHANNELS,
  hasMask: true,
  build: (shape) => buildGenerator(shape, shadedHead),
  fold: (generator) => foldBatchNorm(generator, shadedHead),
};
