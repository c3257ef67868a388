/** @file Random changes of a step's pictures on the device: mirrored, moved, enlarged, lit otherwise, with a hole; differentiable. */

import { counted, cropWindows } from '../engine/kernels/crop-windows';
import { tf } from '../engine/tf';

/**
 * What is done to one picture, as numbers in this order: the window of it that is shown, in shares of the way from its first pixel to its
 * last (left and right changed over mirror it); gains and offsets of the colours, in the picture's units; a hole, in pixels.
 */
export const CHANGE_NUMBERS = [
  'top',
  'left',
  'bottom',
  'right',
  'gainRed',
  'gainGreen',
  'gainBlue',
  'offsetRed',
  'offsetGreen',
  'offsetBlue',
  'holeTop',
  'holeLeft',
  'holeSide',
] as const;

type ChangeNumber = (typeof CHANGE_NUMBERS)[number];

/** What is done to one picture, by name. */
export type PictureChange = Readonly<Record<ChangeNumber, number>>;

/** A change that leaves a picture as it is. */
export const UNCHANGED: PictureChange = {
  top: 0,
  left: 0,
  bottom: 1,
  right: 1,
  gainRed: 1,
  gainGreen: 1,
  gainBlue: 1,
  offsetRed: 0,
  offsetGreen: 0,
  offsetBlue: 0,
  holeTop: 0,
  holeLeft: 0,
  holeSide: 0,
};

/** The numbers of a change, in their order. */
export const toNumbers = (change: PictureChange): number[] =>
  CHANGE_NUMBERS.map((name) => change[name]);

/** So many columns of changes [B,13] from a name on. */
function numbersFrom(changes: tf.Tensor2D, name: ChangeNumber, count: number): tf.Tensor2D {
  const [batch] = changes.shape;
  return tf.slice(changes, [0, CHANGE_NUMBERS.indexOf(name)], [batch, count]);
}

/** The same for every pixel, [B,1,1,count]. */
function perPicture(changes: tf.Tensor2D, name: ChangeNumber, count = 1): tf.Tensor4D {
  const shape: [number, number, number, number] = [changes.shape[0], 1, 1, count];
  return tf.reshape<tf.Rank.R4>(numbersFrom(changes, name, count), shape);
}

/** 1 where the pixels of an axis are within the hole, else 0. @param pixels their numbers, [1,S,1,1] or [1,1,S,1] */
function throughHole(pixels: tf.Tensor, first: tf.Tensor4D, length: tf.Tensor4D): tf.Tensor {
  const isInside = tf.logicalAnd(
    tf.greaterEqual(pixels, first),
    tf.less(pixels, tf.add(first, length)),
  );
  return tf.cast(isInside, 'float32');
}

/** 0 within the holes, else 1, as [B,S,S,1]. */
function aroundHoles(changes: tf.Tensor2D, side: number): tf.Tensor {
  const length = perPicture(changes, 'holeSide');
  const pixels = counted(side);
  const rows = throughHole(
    tf.reshape(pixels, [1, side, 1, 1]),
    perPicture(changes, 'holeTop'),
    length,
  );
  const columns = throughHole(
    tf.reshape(pixels, [1, 1, side, 1]),
    perPicture(changes, 'holeLeft'),
    length,
  );
  return tf.sub(1, tf.mul(rows, columns));
}

/**
 * Changes every picture in its own way: its colours, then the window by bilinear interpolation, then the hole. The hole is 0, and so is
 * what lies outside the picture. On the gradient tape with respect to the pictures.
 * @param pictures [B,S,S,3], around 0
 * @param changes [B,13], the numbers of {@link CHANGE_NUMBERS}
 * @returns [B,S,S,3]; the caller disposes
 */
export function changePictures(pictures: tf.Tensor4D, changes: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => {
    const [, height, width] = pictures.shape;
    const lit = tf.add<tf.Tensor4D>(
      tf.mul(pictures, perPicture(changes, 'gainRed', 3)),
      perPicture(changes, 'offsetRed', 3),
    );
    const windows = numbersFrom(changes, 'top', 4);
    const shown = cropWindows(lit, windows, [height, width]);
    return tf.mul(shown, aroundHoles(changes, height));
  });
}
