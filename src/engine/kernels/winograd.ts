/**
 * @file Stride-1 SAME convolutions in Winograd's form (Lavin & Gray 2016): tiles of the picture and the filter are evaluated at points,
 * where a convolution is a product; batched matrix products sum it over the channels, and the results are interpolated back.
 * Gradients are the exact adjoints: the same transforms, transposed. The transforms are ops of our own (src/engine/native/winograd.cc).
 */

import { tf } from '../tf';
import { runNativeSingle } from './native';

/** Outputs a tile and direction. */
const TILE = 4;
/** Where the polynomials are evaluated, besides infinity, by the size of the kernel: F(4, k) needs k + 3 points in all. */
const POINTS: Readonly<Record<number, readonly number[]>> = {
  3: [0, 1, -1, 2, -2],
  4: [0, 1, -1, 2, -2, 0.5],
};

type Matrix = number[][];

/** Gauss-Jordan with pivots; for the small, well-conditioned matrices of the points. */
function inverse(matrix: Matrix): Matrix {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(at(r, i)) > Math.abs(at(pivot, i))) pivot = r;
    [rows[i], rows[pivot]] = [rows[pivot] ?? [], rows[i] ?? []];
    const divisor = at(i, i);
    rows[i] = (rows[i] ?? []).map((value) => value / divisor);
    for (let r = 0; r < n; r++) {
      const factor = at(r, i);
      if (r !== i) rows[r] = (rows[r] ?? []).map((value, k) => value - factor * at(i, k));
    }
  }
  return rows.map((row) => row.slice(n));
}

const transpose = (matrix: Matrix): Matrix =>
  (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? 0));

/** Values of the monomials up to x^(degree−1) at every point, and at infinity the leading one. */
const evaluation = (points: readonly number[], degree: number): Matrix => [
  ...points.map((point) => Array.from({ length: degree }, (_, power) => point ** power)),
  Array.from({ length: degree }, (_, power) => (power === degree - 1 ? 1 : 0)),
];

/** The matrices of one direction. */
interface Transforms {
  /** [points, points]: a tile's pixels, with those that its neighbours share, to points. */
  readonly input: Matrix;
  /** [points, kernel]. */
  readonly filter: Matrix;
  /** [TILE, points]: from points to a tile's outputs. */
  readonly output: Matrix;
}

function transformsOf(kernel: number): Transforms {
  const points = POINTS[kernel];
  if (points === undefined)
    throw new Error(
      `Winograd's form: expected a kernel of ${Object.keys(POINTS).join(' or ')}, got ${kernel}`,
    );
  return {
    input: transpose(inverse(evaluation(points, points.length + 1))),
    filter: evaluation(points, kernel),
    output: transpose(evaluation(points, TILE)),
  };
}

/** How tiles lie in what is transformed. */
interface Tiling {
  /** Pixels a side of the pictures, or of the filter. */
  readonly size: number;
  /** How far the first tile reaches out of the picture at the top and left. */
  readonly before: number;
  /** Tiles a side. */
  readonly tiles: number;
  readonly isFilter: boolean;
}

const picturesOf = (size: number, before: number): Tiling => ({
  size,
  before,
  tiles: Math.ceil(size / TILE),
  isFilter: false,
});
const filterOf = (size: number): Tiling => ({ size, before: 0, tiles: 1, isFilter: true });

const attributes = ({ size, before, tiles, isFilter }: Tiling) => ({
  size: { ints: size },
  stride: { ints: TILE },
  before: { ints: before },
  tiles: { ints: tiles },
  is_filter: { bool: isFilter },
});

/** Applies a matrix [points, n] along height and width of every tile: [B,S,S,C] → [points², B · tiles², C], [k,k,C,K] → [points², C, K]. */
const toPoints = (x: tf.Tensor, matrix: Matrix, tiling: Tiling): tf.Tensor =>
  runNativeSingle('IpcganTilesToPoints', [x, tf.tensor2d(matrix)], attributes(tiling));

/** The way back: a matrix [n, points]; where tiles overlap, they add up. `bias` [C] is added to every pixel. */
const toTiles = (
  points: tf.Tensor,
  matrix: Matrix,
  tiling: Tiling,
  bias: tf.Tensor = tf.tensor1d([]),
): tf.Tensor4D =>
  runNativeSingle(
    'IpcganPointsToTiles',
    [points, tf.tensor2d(matrix), bias],
    attributes(tiling),
  ) as tf.Tensor4D;

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
    const { input, filter, output } = transformsOf(kernel);
    const products = product(
      toPoints(x, input, picturesOf(size, before)),
      toPoints(w, filter, filterOf(kernel)),
    );
    return toTiles(products, output, picturesOf(size, 0), bias);
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
    const { input, filter, output } = transformsOf(kernel);
    const products = product(
      toPoints(dy, transpose(output), picturesOf(size, 0)),
      toPoints(w, filter, filterOf(kernel)),
      'b',
    );
    return toTiles(products, transpose(input), picturesOf(size, before));
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
    const { input, filter, output } = transformsOf(kernel);
    const products = product(
      toPoints(x, input, picturesOf(size, before)),
      toPoints(dy, transpose(output), picturesOf(size, 0)),
      'a',
    );
    return toTiles(products, transpose(filter), filterOf(kernel));
  });
}
