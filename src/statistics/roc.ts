/** @file How well distances tell pairs of one person from pairs of two: area under the ROC curve, thresholds, accepted shares. */

/** Pairs in rising order of their distance, and how often each counts. */
export interface SortedPairs {
  readonly distances: ArrayLike<number>;
  /** Of the pair with this index, at least 0. */
  readonly weightOf: (index: number) => number;
}

/** So many false accepts are expected of the pairs at least, or a rate of them is not resolvable. */
const FEWEST_ACCEPTS = 10;

/** Whether so many pairs of different people can tell a rate of false accepts. */
export const isResolvable = (far: number, differentPairs: number): boolean =>
  differentPairs * far >= FEWEST_ACCEPTS;

/** Pairs that count once each. @param distances in any order */
export const countedOnce = (distances: ArrayLike<number>): SortedPairs => ({
  distances: Float64Array.from(distances).sort(),
  weightOf: () => 1,
});

function totalWeight({ distances, weightOf }: SortedPairs): number {
  let sum = 0;
  for (let i = 0; i < distances.length; i++) sum += weightOf(i);
  return sum;
}

/**
 * Chance that a pair of one person is nearer than a pair of two, where equal distances count one half: the area under the ROC curve,
 * 0.5 for a guess; NaN where one kind of pairs has no weight.
 */
export function areaUnderCurve(same: SortedPairs, different: SortedPairs): number {
  let at = 0;
  let below = 0;
  let area = 0;
  let total = 0;
  for (let i = 0; i < different.distances.length;) {
    const distance = different.distances[i] ?? NaN;
    // it would never be equal to itself
    if (Number.isNaN(distance)) return NaN;
    // pairs at one distance are taken together
    let weight = 0;
    let equal = 0;
    for (; different.distances[i] === distance; i++) weight += different.weightOf(i);
    for (; (same.distances[at] ?? Infinity) < distance; at++) below += same.weightOf(at);
    for (let k = at; same.distances[k] === distance; k++) equal += same.weightOf(k);
    area += weight * (below + equal / 2);
    total += weight;
  }
  return area / (total * totalWeight(same));
}

/** The largest distance at which no more than a share `far` of the pairs' weight is accepted; NaN where even the nearest pair is too much. */
export function thresholdAt(different: SortedPairs, far: number): number {
  const { distances, weightOf } = different;
  const wanted = far * totalWeight(different);
  let sum = 0;
  let accepted = NaN;
  for (let i = 0; i < distances.length; i++) {
    sum += weightOf(i);
    if (sum > wanted) return accepted;
    // pairs at one distance are accepted together
    if (distances[i + 1] !== distances[i]) accepted = distances[i] ?? NaN;
  }
  return accepted;
}

/** Share of the pairs' weight up to a threshold, 0 to 1; NaN for a threshold that is none, or where nothing has weight. */
export function shareAccepted(pairs: SortedPairs, threshold: number): number {
  if (Number.isNaN(threshold)) return NaN;
  let sum = 0;
  for (let i = 0; i < pairs.distances.length && (pairs.distances[i] ?? NaN) <= threshold; i++)
    sum += pairs.weightOf(i);
  return sum / totalWeight(pairs);
}
