/**
 * @file Fréchet distance between two sets of face descriptors, as if each were normally distributed (Heusel et al. 2017, eq. 6).
 * The formula is FID's; the space is not Inception's, so that its values are not to be compared with anybody's FID.
 */

import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { quantile } from './bootstrap';
import type { Estimate } from './bootstrap';

/** Mean and covariance of some vectors. */
export interface Gaussian {
  readonly mean: Float64Array;
  /** n × n. */
  readonly covariance: Matrix;
}

/** What other sets' distances are taken to: a set's mean, its covariance's trace, and a root of the covariance: root · rootᵀ is it. */
export interface FrechetTarget {
  readonly mean: Float64Array;
  readonly trace: number;
  /** n × n. */
  readonly root: Matrix;
}

/** People are drawn so often for a distance's interval: fewer than for means, since each needs a matrix's eigenvalues. */
export const FRECHET_REPLICATES = 100;
const LOW = 0.025;
const HIGH = 0.975;

/** The weighted mean, and what each vector that counts is off it, scaled so that the covariance is rowsᵀ · rows. */
function deviations(
  vectors: readonly ArrayLike<number>[],
  weights: ArrayLike<number>,
  total: number,
): { readonly mean: Float64Array; readonly rows: Matrix } {
  const mean = new Float64Array(vectors[0]?.length ?? 0);
  const kept = vectors.flatMap((vector, k) =>
    (weights[k] ?? 0) > 0 ? [{ vector, weight: weights[k] ?? 0 }] : [],
  );
  for (const { vector, weight } of kept)
    for (let i = 0; i < mean.length; i++)
      mean[i] = (mean[i] ?? 0) + ((vector[i] ?? NaN) * weight) / total;
  const rows = kept.map(({ vector, weight }) => {
    const scale = Math.sqrt(weight / (total - 1));
    return Float64Array.from(mean, (value, i) => scale * ((vector[i] ?? NaN) - value));
  });
  return { mean, rows: new Matrix(rows) };
}

/** Of at least two vectors of one length; the covariance is the unbiased one. */
export function gaussianOf(vectors: readonly ArrayLike<number>[]): Gaussian {
  const once = vectors.map(() => 1);
  const { mean, rows } = deviations(vectors, once, vectors.length);
  return { mean, covariance: rows.gram() };
}

/** What distances are taken to; its root is the costly part, and made once. All NaN where a vector was not finite. */
export function frechetTarget({ mean, covariance }: Gaussian): FrechetTarget {
  const trace = covariance.trace();
  if (!Number.isFinite(trace)) return { mean, trace: NaN, root: covariance.mul(NaN) };
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  // where vectors are few many eigenvalues are zero, or by a rounding below it
  const lengths = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  return { mean, trace, root: eigenvectorMatrix.mulRowVector(lengths) };
}

/** Of a matrix's trace: far below what rounding leaves of its eigenvalues, far above the smallest numbers there are. */
const LIFT = 1e-15;

/** tr((rowsᵀ · rows)^½), the sum of the eigenvalues' roots; NaN where a number is not finite. */
function traceOfRoot(rows: Matrix): number {
  if (!Number.isFinite(rows.norm())) return NaN;
  // beside zeros both products have the same eigenvalues
  const product = rows.rows < rows.columns ? rows.mmulByTranspose() : rows.gram();
  // where all vectors are one, nothing but its rounding is there, singular values fall to 1e-320, and the decomposition does not end
  const lift = LIFT * product.trace();
  for (let i = 0; i < product.rows; i++) product.set(i, i, product.get(i, i) + lift);
  // none is below zero, so they are the singular values, which can be had without vectors in half the time
  const { diagonal } = new SingularValueDecomposition(product, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  });
  return diagonal.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value - lift)), 0);
}

/** |m1 − m2|² + tr(C1 + C2 − 2·(C1·C2)^½), at least 0, of vectors that each count by a weight; NaN where fewer than two count. */
export function frechetDistances(
  vectors: readonly Float32Array[],
  target: FrechetTarget,
): (weights: ArrayLike<number>) => number {
  // the product's eigenvalues are those of rootᵀ · C · root, and that is the covariance of rootᵀ · vector
  const turned = new Matrix(vectors).mmul(target.root).to2DArray();
  return (weights) => {
    const total = vectors.reduce((sum, _, i) => sum + (weights[i] ?? 0), 0);
    if (total < 2) return NaN;
    const { mean, rows } = deviations(vectors, weights, total);
    const shift = mean.reduce((sum, value, i) => sum + (value - (target.mean[i] ?? NaN)) ** 2, 0);
    const mixed = traceOfRoot(deviations(turned, weights, total).rows);
    return Math.max(0, shift + rows.norm() ** 2 + target.trace - 2 * mixed);
  };
}

/**
 * A figure with the spread of its replicates around it. Few vectors look farther apart than many, and a drawing holds fewer different
 * ones than the set: replicates of a distance lie above the distance itself. Only how far they spread is taken from them.
 */
export function spreadAround(value: number, replicates: readonly number[], n: number): Estimate {
  const sorted = replicates.filter((one) => !Number.isNaN(one)).sort((a, b) => a - b);
  const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  const at = (share: number): number => value + quantile(sorted, share) - mean;
  // equal replicates have a mean that is off by a rounding
  return { value, low: Math.min(value, at(LOW)), high: Math.max(value, at(HIGH)), n };
}

/** A distance with the spread of its replicates around it, at least 0. */
export function frechetEstimate(value: number, replicates: readonly number[], n: number): Estimate {
  const { low, high } = spreadAround(value, replicates, n);
  return { value, low: Math.max(0, low), high, n };
}
