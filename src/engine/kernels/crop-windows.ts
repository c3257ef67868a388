/** @file Windows of pictures at another size, by TensorFlow's op on the CPU, and by matrix products on a GPU. */

import { tf } from '../tf';
import { isGpu } from './native';

/** 0, 1, … below `count`, as float32; TensorFlow's op for it takes its three numbers on the host, and so reads them back from a GPU. */
export const counted = (count: number): tf.Tensor1D =>
  tf.tensor1d(Float32Array.from({ length: count }, (_, i) => i));

/**
 * What bilinear interpolation along one axis takes of every pixel, [B,out,in].
 * @param from where each window begins, [B,1], in shares of the way from the first pixel to the last; `to` where it ends
 */
function shares(from: tf.Tensor, to: tf.Tensor, out: number, size: number): tf.Tensor3D {
  const [batch = 0] = from.shape;
  const last = size - 1;
  const step = tf.div(tf.mul(tf.sub(to, from), last), Math.max(out - 1, 1));
  const places = tf.add(tf.mul(from, last), tf.mul(step, counted(out)));
  const isInside = tf.logicalAnd(tf.greaterEqual(places, 0), tf.lessEqual(places, last));
  const distance = tf.abs(tf.sub(tf.reshape(places, [batch, out, 1]), counted(size)));
  const near = tf.relu(tf.sub(1, distance));
  return tf.mul(near, tf.reshape(tf.cast(isInside, 'float32'), [batch, out, 1]));
}

/**
 * {@link cropWindows} by products with the shares of rows and columns: TensorFlow's op for GPUs reads back whether its numbers are right,
 * waits for that, and adds gradients up in any order.
 */
export function cropByProducts(
  pictures: tf.Tensor4D,
  windows: tf.Tensor2D,
  [rows, columns]: readonly [number, number],
): tf.Tensor4D {
  return tf.tidy(() => {
    const [batch, height, width, channels] = pictures.shape;
    const [top, left, bottom, right] = tf.split(windows, 4, 1) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const ofRows = tf.matMul(
      shares(top, bottom, rows, height),
      tf.reshape(pictures, [batch, height, width * channels]),
    );
    const columnsFirst = tf.transpose(
      tf.reshape(ofRows, [batch, rows, width, channels]),
      [0, 2, 1, 3],
    );
    const ofBoth = tf.matMul(
      shares(left, right, columns, width),
      tf.reshape(columnsFirst, [batch, width, rows * channels]),
    );
    return tf.transpose(tf.reshape(ofBoth, [batch, columns, rows, channels]), [0, 2, 1, 3]);
  });
}

/**
 * One window of each picture by bilinear interpolation; what lies outside the picture is 0. On the tape with respect to the pictures.
 * @param pictures [B,H,W,C]
 * @param windows [B,4]: top, left, bottom and right, in shares of the way from the first pixel to the last; changed over, they mirror
 * @param size rows and columns of the result, at least 2
 * @returns [B,rows,columns,C]; the surrounding tidy owns it. On a GPU in TF32 pixels have ten bits.
 */
export function cropWindows(
  pictures: tf.Tensor4D,
  windows: tf.Tensor2D,
  size: readonly [number, number],
): tf.Tensor4D {
  if (isGpu()) return cropByProducts(pictures, windows, size);
  const each = tf.range(0, pictures.shape[0], 1, 'int32');
  return tf.image.cropAndResize(pictures, windows, each, [...size], 'bilinear', 0);
}
