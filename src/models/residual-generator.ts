/** @file The original's generator as a kind: an encoder, six residual blocks, a decoder. */

import { foldBatchNorm } from './fold-batch-norm';
import { buildGenerator, GENERATOR_CHANNELS } from './generator';
import type { GeneratorRecord } from './generator-record';

/** The original's. */
export const residualGenerator: GeneratorRecord = {
  kind: 'residual',
  description: 'the original, which draws the whole picture',
  channels: GENERATOR_CHANNELS,
  build: (shape) => buildGenerator(shape),
  fold: (generator) => foldBatchNorm(generator),
};
