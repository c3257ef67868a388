/** @file What generators that keep their source have in common: the last channel is a mask of what they change of it. */

import type { tf } from '../engine/tf';
import { foldBatchNorm } from './fold-batch-norm';
import { buildGenerator, GENERATOR_CHANNELS } from './generator';
import type { PictureHead } from './generator';
import type { GeneratorRecord } from './generator-record';
import { changeMask } from './layers/change-mask';

/** A sigmoid of −2: an eighth of every pixel may change before anything is learnt. */
const MASK_OFFSET = 2;

/**
 * The record of such a generator: its outputs are the picture [B,S,S,3] and the mask [B,S,S,1].
 * @param channels of the last convolution, the mask's among them
 * @param blend makes the layer of its output, the mask and the source
 */
export function sourceKeeping(
  { kind, description }: Pick<GeneratorRecord, 'kind' | 'description'>,
  channels: number,
  blend: (config: { readonly name: string }) => tf.layers.Layer,
): GeneratorRecord {
  const head: PictureHead = {
    channels,
    outputs: (x, source) => {
      const config = { name: 'generator/mask', offset: MASK_OFFSET };
      const mask = changeMask(config).apply(x) as tf.SymbolicTensor;
      const fake = blend({ name: 'generator/blend' }).apply([x, mask, source]);
      return [fake as tf.SymbolicTensor, mask];
    },
  };
  return {
    kind,
    description,
    channels: GENERATOR_CHANNELS,
    hasMask: true,
    build: (shape) => buildGenerator(shape, head),
    fold: (generator) => foldBatchNorm(generator, head),
  };
}
