/**
 * @file Stride-1 SAME convolutions in Winograd's form (Lavin & Gray 2016): tiles of the picture and the filter are evaluated at points,
 * where a convolution is a product; batched matrix products sum it over the channels, and the results are interpolated back.
 * The transforms are ops of our own (src/engine/native/winograd.cc), their matrices in src/engine/native/winograd-points.h.
 *
 * With D the tile's matrix, F the filter's and O the outputs': y = O · (D x ⊙ F w), along both axes. The input's gradient is the same form
 * with the filter turned round; the filter's is the exact adjoint, Fᵀ · (D x ⊙ Oᵀ dy).
 */

import { tf } from '../tf';
import { runNativeSingle } from './native';

/** What a transform is of, by which the native code knows its matrix: D; F; O to the tiles, its transpose to points. */
const OF = { picture: 0, filter: 1, result: 2 } as const;

interface Transform {
  readonly kernel: number;
  readonly of: keyof typeof OF;
  /** Pixels a side of pictures. */
  readonly size?: number;
  /** How far the first tile reaches out of the picture at the top and left. */
  readonly before?: number;
  readonly isTurned?: boolean;
}

const attributes = ({ kernel, of, size = 0, before = 0, isTurned = false }: Transform) => ({
  kernel: { ints: kernel },
  of: { ints: OF[of] },
  size: { ints: size },
  before: { ints: before },
  is_turned: { bool: isTurned },
});

/** Pictures [B,S,S,C] → [points², B · tiles², C], a filter [k,k,C,K] → [points², C, K]. */
const toPoints = (x: tf.Tensor, transform: Transform): tf.Tensor =>
  runNativeSingle('IpcganTilesToPoints', [x], attributes(transform));

/** The way back. `bias` [C] is added to every pixel. */
const toTiles = (
  points: tf.Tensor,
  transform: Transform,
  bias: tf.Tensor = tf.tensor1d([]),
): tf.Tensor4D =>
  runNativeSingle('IpcganPointsToTiles', [points, bias], attributes(transform)) as tf.Tensor4D;

/** Matrix products of the last two axes. Unlike tf.matMul it reshapes nothing. */
const product = (a: tf.Tensor, b: tf.Tensor, transposed: 'a' | 'b' | 'none' = 'none'): tf.Tensor =>
  runNativeSingle('BatchMatMulV2', [a, b], {
    T: { type: 'float32' },
    adj_x: { bool: transposed === 'a' },
    adj_y: { bool: transposed === 'b' },
  });

/**
 * Convolves square pictures [B,S,S,C] with [k,k,C,K], k 3 or 4, at stride 1: [B,S,S,K], within 1e-5 of the largest value of the direct form.
 * @param before padding before the first pixel; as many follow as keep the size
 */
export function winogradConvolution(
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  before: number,
  bias?: tf.Tensor,
): tf.Tensor4D {
  return tf.tidy(() => {
    const kernel = w.shape[0];
    const size = x.shape[1];
    const products = product(
      toPoints(x, { kernel, of: 'picture', size, before }),
      toPoints(w, { kernel, of: 'filter' }),
    );
    return toTiles(products, { kernel, of: 'result', size }, bias);
  });
}

/** The input's gradient of {@link winogradConvolution}: [B,S,S,C] from dy [B,S,S,K]. */
export function winogradInputGradient(
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  before: number,
): tf.Tensor4D {
  return tf.tidy(() => {
    const kernel = w.shape[0];
    const size = dy.shape[1];
    const products = product(
      toPoints(dy, { kernel, of: 'picture', size, before: kernel - 1 - before }),
      toPoints(w, { kernel, of: 'filter', isTurned: true }),
      'b',
    );
    return toTiles(products, { kernel, of: 'result', size });
  });
}

/** The filter's gradient of {@link winogradConvolution}: [k,k,C,K] from x [B,S,S,C] and dy [B,S,S,K]. Recomputes x's transform instead of keeping it. */
export function winogradFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  kernel: number,
  before: number,
): tf.Tensor4D {
  return tf.tidy(() => {
    const size = x.shape[1];
    const products = product(
      toPoints(x, { kernel, of: 'picture', size, before }),
      toPoints(dy, { kernel, of: 'result', size }),
      'a',
    );
    return toTiles(products, { kernel, of: 'filter' });
  });
}
