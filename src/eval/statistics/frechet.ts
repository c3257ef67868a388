/**
 * @file Fréchet distance between two sets of face descriptors, as if each were normally distributed (Heusel et al. 2017, eq. 6).
 * The formula is FID's; the space is not Inception's, so that its values are not to be compared with anybody's FID.
 */

import { quantile } from './bootstrap';
import type { Estimate } from './bootstrap';
import { symmetricEigen } from './symmetric-eigen';
import { symmetricEigenvalues } from './symmetric-eigenvalues';

/** Mean and covariance of some vectors. */
export interface Gaussian {
  readonly mean: Float64Array;
  /** n × n, row by row. */
  readonly covariance: Float64Array;
}

/** What other sets' distances are taken to: a set's mean, its covariance's trace, and the covariance's symmetric root, n × n. */
export interface FrechetTarget {
  readonly mean: Float64Array;
  readonly trace: number;
  readonly root: Float64Array;
}

/** People are drawn so often for a distance's interval: fewer than for means, since each needs a matrix's eigenvalues. */
export const FRECHET_REPLICATES = 100;
const [LOW, HIGH] = [0.025, 0.975] as const;

/** The weighted mean, and what each vector that counts is off it, scaled so that the covariance is rowsᵀ · rows. */
function deviations(
  vectors: readonly ArrayLike<number>[],
  weights: ArrayLike<number>,
  total: number,
): { readonly mean: Float64Array; readonly rows: readonly Float64Array[] } {
  const mean = new Float64Array(vectors[0]?.length ?? 0);
  const kept = vectors.flatMap((vector, k) => ((weights[k] ?? 0) > 0 ? [{ vector, weight: weights[k] ?? 0 }] : []));
  for (const { vector, weight } of kept)
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + ((vector[i] ?? NaN) * weight) / total;
  const rows = kept.map(({ vector, weight }) => {
    const scale = Math.sqrt(weight / (total - 1));
    return Float64Array.from(mean, (value, i) => scale * ((vector[i] ?? NaN) - value));
  });
  return { mean, rows };
}

/** Of at least two vectors of one length; the covariance is the unbiased one. */
export function gaussianOf(vectors: readonly ArrayLike<number>[]): Gaussian {
  const n = vectors[0]?.length ?? 0;
  const { mean, rows } = deviations(
    vectors,
    vectors.map(() => 1),
    vectors.length,
  );
  const covariance = new Float64Array(n * n);
  for (const row of rows)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) covariance[i * n + j] = (covariance[i * n + j] ?? 0) + (row[i] ?? 0) * (row[j] ?? 0);
  return { mean, covariance };
}

const traceOf = (matrix: Float64Array, n: number): number =>
  Array.from({ length: n }, (_, i) => matrix[i * n + i] ?? 0).reduce((a, b) => a + b, 0);

/** The symmetric root of a covariance: Σ √λ · v·vᵀ. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const length = Math.sqrt(Math.max(0, values[k] ?? 0));
    for (let i = 0; i < n; i++) {
      const factor = length * (vectors[i * n + k] ?? 0);
      for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] ?? 0) + factor * (vectors[j * n + k] ?? 0);
    }
  }
  return out;
}

/** What distances are taken to; its root is the costly part, and made once. */
export function frechetTarget({ mean, covariance }: Gaussian): FrechetTarget {
  const n = mean.length;
  return { mean, trace: traceOf(covariance, n), root: squareRoot(covariance, n) };
}

/** Of rowsᵀ · rows; of rows · rowsᵀ where that is the smaller matrix: beside zeros it has the same. */
function nonZeroEigenvalues(rows: readonly Float64Array[]): Float64Array {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, i) => Float64Array.from(rows, (row) => row[i] ?? 0));
  const sides = rows.length < width ? rows : columns;
  const n = sides.length;
  const products = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [sides[i] ?? [], sides[j] ?? []];
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
      products[i * n + j] = products[j * n + i] = sum;
    }
  }
  return symmetricEigenvalues(products, n);
}

/** |m1 − m2|² + tr(C1 + C2 − 2·(C1·C2)^½), at least 0, of vectors that each count by a weight; NaN where fewer than two count. */
export function frechetDistances(vectors: readonly Float32Array[], target: FrechetTarget): (weights: ArrayLike<number>) => number {
  const n = target.mean.length;
  // the product's eigenvalues are those of root · C · root, and that is the covariance of root · vector
  const turned = vectors.map((vector) =>
    Float64Array.from({ length: n }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (target.root[i * n + j] ?? 0) * (vector[j] ?? NaN);
      return sum;
    }),
  );
  return (weights) => {
    const total = vectors.reduce((sum, _, i) => sum + (weights[i] ?? 0), 0);
    if (total < 2) return NaN;
    const plain = deviations(vectors, weights, total);
    const trace = plain.rows.reduce((sum, row) => row.reduce((squares, value) => squares + value * value, sum), 0);
    const shift = plain.mean.reduce((sum, value, i) => sum + (value - (target.mean[i] ?? NaN)) ** 2, 0);
    const mixed = nonZeroEigenvalues(deviations(turned, weights, total).rows).reduce(
      (sum, value) => sum + Math.sqrt(Math.max(0, value)),
      0,
    );
    return Math.max(0, shift + trace + target.trace - 2 * mixed);
  };
}

/**
 * A distance with the spread of its replicates around it. Few vectors look farther apart than many, and a drawing holds fewer different
 * ones than the set: replicates lie above the distance itself. Only how far they spread is taken from them.
 */
export function frechetEstimate(value: number, replicates: readonly number[], n: number): Estimate {
  const sorted = replicates.filter((one) => !Number.isNaN(one)).sort((a, b) => a - b);
  const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  const at = (share: number): number => Math.max(0, value + quantile(sorted, share) - mean);
  // equal replicates have a mean that is off by a rounding
  return { value, low: Math.min(value, at(LOW)), high: Math.max(value, at(HIGH)), n };
}
