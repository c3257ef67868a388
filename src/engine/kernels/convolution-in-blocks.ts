/**
 * @file Convolutions whose result has fewer channels than a register has lanes, computed for blocks of neighbouring pixels at once:
 * the block's pixels are channels of a smaller picture, which is spread out afterwards.
 */

import { tf } from '../tf';
import { runNativeSingle } from './native';

/** Pixels a side of a block of {@link convolveInBlocks}. */
export const BLOCK = 2;

/** A convolution with `before` and `after` pixels of padding in both directions. */
export function convolvePadded(
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  stride: number,
  before: number,
  after: number,
): tf.Tensor4D {
  return runNativeSingle('Conv2D', [x, filter], {
    T: { type: 'float32' },
    strides: { ints: [1, stride, stride, 1] },
    padding: { string: 'EXPLICIT' },
    explicit_paddings: { ints: [0, 0, before, after, before, after, 0, 0] },
    data_format: { string: 'NHWC' },
    dilations: { ints: [1, 1, 1, 1] },
  }) as tf.Tensor4D;
}

/**
 * Stride-1 convolution of square pictures [B,S,S,C], S even, with a filter [k,k,C,K], K small: [B,S,S,K].
 * The filter is laid at the block's four places side by side: a third more arithmetic, four times the lanes.
 * @param before padding before the first pixel; as many follow as keep the size
 */
export function convolveInBlocks(x: tf.Tensor4D, filter: tf.Tensor4D, before: number): tf.Tensor4D {
  return tf.tidy(() => {
    const side = (place: number): [number, number] => [place, BLOCK - 1 - place];
    const places = Array.from(
      { length: BLOCK * BLOCK },
      (_, i) => [Math.floor(i / BLOCK), i % BLOCK] as const,
    );
    const filters = tf.concat(
      places.map(([row, column]) => tf.pad(filter, [side(row), side(column), [0, 0], [0, 0]])),
      3,
    );
    const after = filter.shape[0] - 1 - before;
    return tf.depthToSpace(convolvePadded(x, filters, BLOCK, before, after), BLOCK);
  });
}

/**
 * The input's gradient of a convolution of stride s > 1 with few input channels: [B,H,H,C] from dy [B,h,h,K] and the filter [k,k,C,K].
 * Of every s × s pixels of the input each sees other elements of the filter: they are the channels of a stride-1 convolution of dy.
 * @param before padding before the input's first pixel
 */
export function stridedInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  stride: number,
  inputSize: number,
  before: number,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [kernel, , inputs, outputs] = filter.shape;
    const steps = Math.ceil(kernel / stride);
    const missing: [number, number] = [0, steps * stride - kernel];
    const whole = tf.pad(filter, [missing, missing, [0, 0], [0, 0]]);
    const apart = tf.reverse(
      tf.reshape(whole, [steps, stride, steps, stride, inputs, outputs]),
      [0, 2],
    );
    const channels = tf.reshape(tf.transpose(apart, [0, 2, 5, 1, 3, 4]), [
      steps,
      steps,
      outputs,
      stride * stride * inputs,
    ]);
    const blocks = convolvePadded(dy, channels, 1, steps - 1, steps - 1);
    return tf.slice(
      tf.depthToSpace(blocks, stride),
      [0, before, before, 0],
      [-1, inputSize, inputSize, -1],
    );
  });
}
