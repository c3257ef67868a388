/**
 * @file Fréchet distance between two sets of face descriptors, as if each were normally distributed (Heusel et al. 2017, eq. 6).
 * The formula is FID's; the space is not Inception's, so that its values are not to be compared with anybody's FID.
 */

import { symmetricEigen } from './symmetric-eigen';

/** Mean and covariance of some vectors. */
export interface Gaussian {
  readonly mean: Float64Array;
  /** n × n, row by row. */
  readonly covariance: Float64Array;
}

/** Of at least two vectors of one length; the covariance is the unbiased one. */
export function gaussianOf(vectors: readonly Float32Array[]): Gaussian {
  const n = vectors[0]?.length ?? 0;
  const mean = new Float64Array(n);
  for (const vector of vectors) for (let i = 0; i < n; i++) mean[i] = (mean[i] ?? 0) + (vector[i] ?? NaN) / vectors.length;
  const covariance = new Float64Array(n * n);
  for (const vector of vectors) {
    const centred = Float64Array.from(mean, (value, i) => (vector[i] ?? NaN) - value);
    for (let i = 0; i < n; i++) {
      const scaled = (centred[i] ?? 0) / (vectors.length - 1);
      for (let j = 0; j < n; j++) covariance[i * n + j] = (covariance[i * n + j] ?? 0) + scaled * (centred[j] ?? 0);
    }
  }
  return { mean, covariance };
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k] ?? 0;
      for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] ?? 0) + factor * (b[k * n + j] ?? 0);
    }
  }
  return out;
}

/** The symmetric root of a covariance. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const scaled = vectors.map((value, at) => value * Math.sqrt(Math.max(0, values[at % n] ?? 0)));
  const transposed = Float64Array.from({ length: n * n }, (_, at) => vectors[(at % n) * n + Math.floor(at / n)] ?? 0);
  return product(scaled, transposed, n);
}

const trace = (matrix: Float64Array, n: number): number =>
  Array.from({ length: n }, (_, i) => matrix[i * n + i] ?? 0).reduce((a, b) => a + b, 0);

/** |m1 − m2|² + tr(C1 + C2 − 2·(C1·C2)^½), at least 0. */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const n = a.mean.length;
  const shift = a.mean.reduce((sum, value, i) => sum + (value - (b.mean[i] ?? NaN)) ** 2, 0);
  const root = squareRoot(a.covariance, n);
  // the product's eigenvalues are those of the symmetric root · C2 · root
  const { values } = symmetricEigen(product(product(root, b.covariance, n), root, n), n);
  const mixed = values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return Math.max(0, shift + trace(a.covariance, n) + trace(b.covariance, n) - 2 * mixed);
}
