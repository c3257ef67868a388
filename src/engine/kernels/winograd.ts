/**
 * @file Stride-1 SAME convolutions in Winograd's form (Lavin & Gray 2016): tiles of the picture and the filter are evaluated at points,
 * where a convolution is a product; matrix products sum it over the channels, and the results are interpolated back.
 *
 * With D the matrix of tiles, F of filters and O of outputs (src/engine/native/winograd-points.h): y = O · (D x ⊙ F w), along both axes.
 * The input's gradient is the same form with the filter turned round; the filter's is the exact adjoint, Fᵀ · (D x ⊙ Oᵀ dy).
 * Each is one op of our own, which keeps the points in the processor's caches (src/engine/native/winograd-convolution.cc and
 * winograd-filter-gradient.cc).
 */

import { tf } from '../tf';
import { runNativeSingle } from './native';

/** A `bias` of no elements is none. */
const convolve = (
  x: tf.Tensor,
  w: tf.Tensor,
  before: number,
  isGradient: boolean,
  bias: tf.Tensor = tf.tensor1d([]),
): tf.Tensor4D =>
  runNativeSingle('IpcganWinograd', [x, w, bias], {
    before: { ints: before },
    is_gradient: { bool: isGradient },
  }) as tf.Tensor4D;

/**
 * Convolves square pictures [B,S,S,C] with [k,k,C,K], k 3 or 4, at stride 1: [B,S,S,K], within 1e-5 of the largest value of the direct form.
 * @param before padding before the first pixel; as many follow as keep the size
 */
export const winogradConvolution = (
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  before: number,
  bias?: tf.Tensor,
): tf.Tensor4D => tf.tidy(() => convolve(x, w, before, false, bias));

/** The input's gradient of {@link winogradConvolution}: [B,S,S,C] from dy [B,S,S,K]. */
export const winogradInputGradient = (
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  before: number,
): tf.Tensor4D => tf.tidy(() => convolve(dy, w, w.shape[0] - 1 - before, true));

/** The filter's gradient of {@link winogradConvolution}: [k,k,C,K] from x [B,S,S,C] and dy [B,S,S,K]. */
export const winogradFilterGradient = (
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  kernel: number,
  before: number,
): tf.Tensor4D =>
  runNativeSingle('IpcganWinogradFilterGradient', [x, dy], {
    kernel: { ints: kernel },
    before: { ints: before },
  }) as tf.Tensor4D;
