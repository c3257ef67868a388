/** @file Stride-1 convolutions in Winograd's form: few multiplications, all of them in matrix products (Lavin & Gray 2016). */

import { tf } from '../tf';
import { runNativeSingle } from './native';

/** Outputs a tile and direction. */
const TILE = 4;
/** Where the polynomials are evaluated, besides infinity: F(4, 4) needs seven points in all. */
const POINTS = [0, 1, -1, 2, -2, 0.5] as const;

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

const transpose = (matrix: Matrix): Matrix => (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? 0));

/** Values of the monomials up to x^(degree−1) at every point, and at infinity the leading one. */
const evaluation = (degree: number): Matrix => [
  ...POINTS.map((point) => Array.from({ length: degree }, (_, power) => point ** power)),
  Array.from({ length: degree }, (_, power) => (power === degree - 1 ? 1 : 0)),
];

/** The matrices of one direction of a picture of `size` pixels. */
interface Transforms {
  readonly tiles: number;
  /** Points a tile: tile + kernel − 1. */
  readonly points: number;
  /** [tiles · points, size]: from pixels to points, the padding included. */
  readonly input: Matrix;
  /** [points, kernel]. */
  readonly filter: Matrix;
  /** [size, tiles · points]: from points to pixels. */
  readonly output: Matrix;
}

/** @param before how many pixels of padding lie before the first one */
function transformsFor(kernel: number, size: number, before: number): Transforms {
  const points = POINTS.length + 1;
  const toPoints = transpose(inverse(evaluation(points)));
  const fromPoints = transpose(evaluation(TILE));
  const tiles = Math.ceil(size / TILE);
  const pixel = (i: number): number[] => Array.from({ length: size }, (_, j) => j - i);
  const input = Array.from({ length: tiles * points }, (_, row) => {
    const [tile, point] = [Math.floor(row / points), row % points];
    return pixel(tile * TILE - before).map((offset) => (offset >= 0 && offset < points ? (toPoints[point]?.[offset] ?? 0) : 0));
  });
  const output = Array.from({ length: size }, (_, y) =>
    Array.from({ length: tiles * points }, (__, column) =>
      Math.floor(column / points) === Math.floor(y / TILE) ? (fromPoints[y % TILE]?.[column % points] ?? 0) : 0,
    ),
  );
  return { tiles, points, input, filter: evaluation(kernel), output };
}

/** Matrix products of the last two axes; the axes before them are broadcast. Unlike tf.matMul it reshapes nothing. */
const product = (a: tf.Tensor, b: tf.Tensor, isLeftTransposed = false): tf.Tensor =>
  runNativeSingle('BatchMatMulV2', [a, b], { T: { type: 'float32' }, adj_x: { bool: isLeftTransposed }, adj_y: { bool: false } });

/** Applies a matrix [rows, S] along height and width of [B,S,S,C]; returns [B,rows,rows,C]. */
function alongBoth(matrix: Matrix, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, size, , channels] = x.shape;
  const rows = matrix.length;
  const m = tf.tensor2d(matrix);
  const down = product(m, tf.reshape(x, [batch, size, size * channels]));
  const across = product(m, tf.reshape(down, [batch * rows, size, channels]));
  return tf.reshape(across, [batch, rows, rows, channels]);
}

/** [B,R,R,C] with R = tiles · points → [points², B · tiles², C]: what the batched products take. */
function gather(x: tf.Tensor4D, { tiles, points }: Transforms): tf.Tensor3D {
  const [batch, , , channels] = x.shape;
  const split = tf.transpose(tf.reshape(x, [batch, tiles, points, tiles, points, channels]), [2, 4, 0, 1, 3, 5]);
  return tf.reshape(split, [points * points, batch * tiles * tiles, channels]);
}

/** The way back of {@link gather}. */
function scatter(x: tf.Tensor, { tiles, points }: Transforms, batch: number): tf.Tensor4D {
  const channels = x.shape[2] ?? 0;
  const split = tf.transpose(tf.reshape(x, [points, points, batch, tiles, tiles, channels]), [2, 3, 0, 4, 1, 5]);
  return tf.reshape(split, [batch, tiles * points, tiles * points, channels]);
}

/** Applies a matrix along both sides of a filter [k,k,C,K]: [rows,rows,C,K]. */
function alongFilter(matrix: Matrix, w: tf.Tensor4D): tf.Tensor4D {
  const [height, width, inputs, outputs] = w.shape;
  const rows = matrix.length;
  const m = tf.tensor2d(matrix);
  const down = product(m, tf.reshape(w, [height, width * inputs * outputs]));
  const across = product(m, tf.reshape(down, [rows, width, inputs * outputs]));
  return tf.reshape(across, [rows, rows, inputs, outputs]);
}

/**
 * Convolves square pictures [B,S,S,C] with [4,4,C,K] at stride 1: [B,S,S,K], within 1e-5 of the largest value of the direct form.
 * @param before padding before the first pixel; as many follow as keep the size
 */
export function winogradConvolution(x: tf.Tensor4D, w: tf.Tensor4D, before: number): tf.Tensor4D {
  return tf.tidy(() => {
    const [batch, size, , inputs] = x.shape;
    const transforms = transformsFor(w.shape[0], size, before);
    const { points, input, filter, output } = transforms;
    const filters = tf.reshape(alongFilter(filter, w), [points * points, inputs, w.shape[3]]);
    const products = product(gather(alongBoth(input, x), transforms), filters);
    return alongBoth(output, scatter(products, transforms, batch));
  });
}

/** The filter's gradient of {@link winogradConvolution}: [k,k,C,K] from x [B,S,S,C] and dy [B,S,S,K]. Recomputes x's transform instead of keeping it. */
export function winogradFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, kernel: number, before: number): tf.Tensor4D {
  return tf.tidy(() => {
    const transforms = transformsFor(kernel, x.shape[1], before);
    const { points, input, filter, output } = transforms;
    const pixels = gather(alongBoth(input, x), transforms);
    const errors = gather(alongBoth(transpose(output), dy), transforms);
    const products = product(pixels, errors, true);
    return alongFilter(transpose(filter), tf.reshape(products, [points, points, x.shape[3], dy.shape[3]]));
  });
}
