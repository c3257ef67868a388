/** @file Random changes of a step's pictures on the device: mirrored, moved, enlarged, lit otherwise, with a hole; differentiable. */

import { tf } from '../engine/tf';

/**
 * What is done to one picture, as numbers in this order. Lengths are in pixels of the picture, colours in its own units.
 * A scale of -1 mirrors; below 1 it enlarges. The middle of the changed picture shows the given one at the centre.
 */
export const CHANGE_NUMBERS = [
  'scaleY',
  'scaleX',
  'centreY',
  'centreX',
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

/** What is done to one picture, by name. */
export type PictureChange = Readonly<Record<(typeof CHANGE_NUMBERS)[number], number>>;

/** No change of a picture of a side in pixels. */
export const unchanged = (side: number): PictureChange => ({
  scaleY: 1,
  scaleX: 1,
  centreY: (side - 1) / 2,
  centreX: (side - 1) / 2,
  gainRed: 1,
  gainGreen: 1,
  gainBlue: 1,
  offsetRed: 0,
  offsetGreen: 0,
  offsetBlue: 0,
  holeTop: 0,
  holeLeft: 0,
  holeSide: 0,
});

/** The numbers of a change, in their order. */
export const toNumbers = (change: PictureChange): number[] =>
  CHANGE_NUMBERS.map((name) => change[name]);

/** Columns of changes [B,N] from a name on, as [B,1,1,count]. */
function numbersFrom(
  changes: tf.Tensor2D,
  name: (typeof CHANGE_NUMBERS)[number],
  count = 1,
): tf.Tensor4D {
  const [batch] = changes.shape;
  const columns = tf.slice(changes, [0, CHANGE_NUMBERS.indexOf(name)], [batch, count]);
  return tf.reshape(columns, [batch, 1, 1, count]);
}

/**
 * Linear interpolation along one axis as matrices [B,S,S]: row i holds how much of each pixel of the given picture is in pixel i of the
 * changed one. Rows are zero where it lies outside.
 */
function sampling(scale: tf.Tensor4D, centre: tf.Tensor4D, side: number): tf.Tensor3D {
  const [batch] = scale.shape;
  const fromMiddle = tf.reshape(tf.sub(tf.range(0, side), (side - 1) / 2), [1, side, 1]);
  const perPicture = [batch, 1, 1];
  const positions = tf.add(
    tf.mul(tf.reshape(scale, perPicture), fromMiddle),
    tf.reshape(centre, perPicture),
  );
  const distances = tf.abs(tf.sub(positions, tf.reshape(tf.range(0, side), [1, 1, side])));
  return tf.relu(tf.sub<tf.Tensor3D>(1, distances));
}

/** Products along the first axis of pictures [B,S,S,3], which comes out second. */
function sampleAndTurn(pictures: tf.Tensor4D, matrices: tf.Tensor3D): tf.Tensor4D {
  const [batch, height, width, channels] = pictures.shape;
  const rows = tf.reshape(pictures, [batch, height, width * channels]);
  const shape: [number, number, number, number] = [batch, height, width, channels];
  const sampled = tf.reshape<tf.Rank.R4>(tf.matMul(matrices, rows), shape);
  return tf.transpose<tf.Tensor4D>(sampled, [0, 2, 1, 3]);
}

/** 1 where an axis runs through the hole, else 0, as [B,S,1,1]. */
function throughHole(first: tf.Tensor4D, length: tf.Tensor4D, side: number): tf.Tensor4D {
  const pixels = tf.reshape(tf.range(0, side), [1, side, 1, 1]);
  const inside = tf.logicalAnd(
    tf.greaterEqual(pixels, first),
    tf.less(pixels, tf.add(first, length)),
  );
  return tf.cast<tf.Tensor4D>(inside as tf.Tensor4D, 'float32');
}

/**
 * Changes every picture in its own way: gain and offset, then linear interpolation, then the hole. What lies outside the given picture is
 * 0, and so is the hole. On the gradient tape with respect to the pictures.
 * @param pictures [B,S,S,3], around 0
 * @param changes [B,13], the numbers of {@link CHANGE_NUMBERS}
 * @returns [B,S,S,3]; the caller disposes
 */
export function changePictures(pictures: tf.Tensor4D, changes: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => {
    const [, side] = pictures.shape;
    const lit = tf.add(
      tf.mul(pictures, numbersFrom(changes, 'gainRed', 3)),
      numbersFrom(changes, 'offsetRed', 3),
    );
    const down = sampling(numbersFrom(changes, 'scaleY'), numbersFrom(changes, 'centreY'), side);
    const across = sampling(numbersFrom(changes, 'scaleX'), numbersFrom(changes, 'centreX'), side);
    const moved = sampleAndTurn(sampleAndTurn(lit as tf.Tensor4D, down), across);
    const length = numbersFrom(changes, 'holeSide');
    const rows = throughHole(numbersFrom(changes, 'holeTop'), length, side);
    const columns = throughHole(numbersFrom(changes, 'holeLeft'), length, side);
    const hole = tf.mul(rows, tf.transpose(columns, [0, 2, 1, 3]));
    return tf.mul(moved, tf.sub(1, hole));
  });
}
