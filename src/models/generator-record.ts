/** @file A kind of generator as a record: how it is built, and how it is made lighter for use. */

import type { tf } from '../engine/tf';

/** How the decoder doubles the size: by transposed convolutions, as the original, or by nearest neighbours and then a convolution. */
export const UPSAMPLINGS = ['transposed', 'resize'] as const;
export type Upsampling = (typeof UPSAMPLINGS)[number];

/** What a generator is built from. */
export interface GeneratorShape {
  /** Height and width of the picture in pixels, a multiple of 4. */
  readonly imageSize: number;
  readonly ageGroups: number;
  /** Channels after the first convolution; 32 in the original, of which `width` is the multiplier. */
  readonly channels: number;
  /** What the plane of the label's group holds, beside pixels of up to 255; 1 in the original. */
  readonly labelScale?: number;
  /** How the decoder doubles the size; transposed convolutions when absent. */
  readonly upsampling?: Upsampling;
}

/** One kind of generator. */
export interface GeneratorRecord {
  /** The word that chooses it: `--generator=KIND`, and in a saved model's ipcgan.json. */
  readonly kind: string;
  /** One sentence for help and docs. */
  readonly description: string;
  /** Channels after the first convolution at width 1. */
  readonly channels: number;
  /** Whether it has a second output: a mask of what it changes. */
  readonly hasMask?: boolean;
  /** Whether it has no decoder, so that there is nothing to choose about how that doubles the size. */
  readonly isCoarse?: boolean;
  /**
   * Builds it: inputs are the source [B,S,S,3] (RGB 0..255 minus the mean) and one-hot labels [B,K], the first output is the
   * picture [B,S,S,3] in [-1, 1], a second one, where there is, its mask [B,S,S,1] in 0..1. Weights are zero until they are initialised or loaded.
   */
  build(shape: GeneratorShape): tf.LayersModel;
  /** A copy of a trained one that computes the same as it does by its moving averages, with fewer layers; the caller disposes. */
  fold(generator: tf.LayersModel): tf.LayersModel;
}
