/** @file Larger random changes of a batch for pretraining, computed by the engine: mirrored, cut, coarser, lit otherwise. */

import { ALEXNET_SIZE, MEAN_RGB } from '../images/pixel-range';
import { cropWindows } from '../engine/kernels/crop-windows';
import { tf } from '../engine/tf';
import type { Random } from '../statistics/random';

/** Side of the pictures before they are cut, in pixels. */
export const UNCUT_SIZE = 256;
/** A window of at least this share of each side is kept, up to so much wider than high or the other way round. */
const LEAST_KEPT = 0.8;
const MOST_STRETCH = 0.06;
/** This share of the pictures loses detail, as what the generator draws has little: down to this side in pixels. */
const COARSE_SHARE = 0.25;
const COARSEST = 80;
const MOST_COLOUR = 0.25;
const LUMINANCE = [0.299, 0.587, 0.114] as const;
const MIDDLE_GREY = 128;

/** What is done to one picture. */
export interface StrongAugmentation {
  /** Side in pixels that the picture is brought down to first; UNCUT_SIZE for none. */
  readonly detail: number;
  /** Top, left, bottom, right as shares of the sides; left and right changed over mirror it. */
  readonly window: readonly [number, number, number, number];
  /** Row-major 3 × 3: RGB after from RGB before; then the shift. */
  readonly colours: readonly number[];
  readonly shift: number;
}

/** Draws what is done to a picture; always as many numbers. */
export function drawStrongAugmentation(random: Random): StrongAugmentation {
  const around = (most: number): number => 1 + most * (2 * random.nextFloat() - 1);
  const kept = LEAST_KEPT + (1 - LEAST_KEPT) * random.nextFloat();
  const height = Math.min(1, kept * around(MOST_STRETCH));
  const width = Math.min(1, kept * around(MOST_STRETCH));
  const top = (1 - height) * random.nextFloat();
  const left = (1 - width) * random.nextFloat();
  const [near, far] = random.nextFloat() < 0.5 ? [left + width, left] : [left, left + width];
  const brightness = around(MOST_COLOUR);
  const contrast = around(MOST_COLOUR);
  const saturation = around(MOST_COLOUR);
  const isCoarse = random.nextFloat() < COARSE_SHARE;
  const coarseness = random.nextFloat();
  const colours = [0, 1, 2].flatMap((to) =>
    LUMINANCE.map(
      (share, from) =>
        brightness * contrast * ((1 - saturation) * share + (to === from ? saturation : 0)),
    ),
  );
  return {
    detail: isCoarse ? Math.round(COARSEST + (UNCUT_SIZE - COARSEST) * coarseness) : UNCUT_SIZE,
    window: [top, near, top + height, far],
    colours,
    shift: brightness * MIDDLE_GREY * (1 - contrast),
  };
}

/**
 * Applies what was drawn, but for the detail, and brings the pictures to AlexNet's size.
 * @param pixels [B,256,256,3], RGB 0..255
 * @returns [B,227,227,3], RGB 0..255 minus the mean; the caller disposes
 */
export function augmentBatch(
  pixels: Uint8Array,
  changes: readonly StrongAugmentation[],
): tf.Tensor4D {
  return tf.tidy(() => {
    const count = changes.length;
    const images = tf.tensor4d(pixels, [count, UNCUT_SIZE, UNCUT_SIZE, 3], 'int32');
    const boxes = tf.tensor2d(changes.map(({ window }) => [...window]));
    const cut = cropWindows(tf.cast(images, 'float32'), boxes, [ALEXNET_SIZE, ALEXNET_SIZE]);
    const flat = tf.reshape(cut, [count, ALEXNET_SIZE * ALEXNET_SIZE, 3]);
    const colours = tf.tensor3d(
      changes.flatMap((change) => [...change.colours]),
      [count, 3, 3],
    );
    const shifts = tf.tensor3d(
      changes.map(({ shift }) => shift),
      [count, 1, 1],
    );
    const lit = tf.clipByValue(tf.add(tf.matMul(flat, colours, false, true), shifts), 0, 255);
    return tf.reshape(tf.sub(lit, tf.tensor1d([...MEAN_RGB])), [
      count,
      ALEXNET_SIZE,
      ALEXNET_SIZE,
      3,
    ]);
  });
}
