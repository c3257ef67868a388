/** @file What distances between pictures are worth: do they tell people apart, and do they agree with another measure's. */

import { areaUnderCurve, countedOnce, isResolvable, shareAccepted, thresholdAt } from './roc';

/** Rows of one length, one behind the other. */
export interface Vectors {
  readonly values: Float32Array;
  readonly size: number;
}

const count = ({ values, size }: Vectors): number => values.length / size;

/** Distances of all pairs i < j in the order of i, then j. */
export function pairDistances(vectors: Vectors, measure: 'cosine' | 'euclidean'): Float32Array {
  const { values, size } = vectors;
  const n = count(vectors);
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += (values[a * size + k] ?? 0) * (values[b * size + k] ?? 0);
    return sum;
  };
  const squares = Float64Array.from({ length: n }, (_, i) => dot(i, i));
  const distances = new Float32Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const left = squares[i] ?? 0;
      const right = squares[j] ?? 0;
      const product = dot(i, j);
      distances[at++] =
        measure === 'cosine'
          ? 1 - product / Math.max(Math.sqrt(left * right), 1e-12)
          : Math.sqrt(Math.max(0, left + right - 2 * product));
    }
  }
  return distances;
}

/** Pearson's correlation of two series of one length, -1 to 1. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (series: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < series.length; i++) sum += series[i] ?? 0;
    return sum / series.length;
  };
  const meanA = mean(a);
  const meanB = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] ?? 0) - meanA;
    const y = (b[i] ?? 0) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** How well distances verify that two pictures show one person. */
export interface Verification {
  readonly samePairs: number;
  readonly differentPairs: number;
  /** Chance that a pair of one person is nearer than a pair of two, 0.5 for a guess; ties count one half. */
  readonly auc: number;
  /** Share of same pairs accepted where 1 %, or 0.1 %, of different pairs are; null where too few different pairs tell. */
  readonly tarAtFar1: number | null;
  readonly tarAtFar01: number | null;
}

/**
 * @param distances as {@link pairDistances} orders them
 * @param people of each picture
 * @returns null where there are no pairs of one kind
 */
export function verification(
  distances: Float32Array,
  people: readonly number[],
): Verification | null {
  const ofOne: number[] = [];
  const ofTwo: number[] = [];
  let at = 0;
  for (let i = 0; i < people.length; i++)
    for (let j = i + 1; j < people.length; j++)
      (people[i] === people[j] ? ofOne : ofTwo).push(distances[at++] ?? NaN);
  if (ofOne.length === 0 || ofTwo.length === 0) return null;
  const same = countedOnce(ofOne);
  const different = countedOnce(ofTwo);
  const tar = (far: number): number | null =>
    isResolvable(far, ofTwo.length) ? shareAccepted(same, thresholdAt(different, far)) : null;
  return {
    samePairs: ofOne.length,
    differentPairs: ofTwo.length,
    auc: areaUnderCurve(same, different),
    tarAtFar1: tar(0.01),
    tarAtFar01: tar(0.001),
  };
}

/** Euclidean distance. */
export function distanceBetween(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? NaN) - (b[i] ?? NaN)) ** 2;
  return Math.sqrt(sum);
}
