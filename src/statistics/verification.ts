/** @file When two descriptors are one person's: thresholds, ROC and rates from pairs of real photographs. */

import type { Random } from './random';
import { drawPeople, intervalOf, quantile } from './bootstrap';
import type { Estimate } from './bootstrap';
import { distanceBetween } from './pair-distances';

/** A real photograph's descriptor, and who it shows; null where nobody says so: then every photograph counts as another person. */
export interface Described {
  readonly embedding: Float32Array;
  readonly person: string | null;
}

/** A pair's distance, and its people as indices. */
interface Pair {
  readonly distance: number;
  readonly a: number;
  readonly b: number;
}

/** The threshold at which a share `far` of different people pass for one. */
export interface OperatingPoint {
  /** False accept rate, 0 to 1. */
  readonly far: number;
  /** Null where too few pairs of different people tell. */
  readonly threshold: Estimate | null;
  /** Share of pairs of one person below it; null where nobody is named twice, or there is no threshold. */
  readonly verified: Estimate | null;
}

/** What pairs of real photographs tell of a judge. */
export interface Calibration {
  readonly people: number;
  readonly photographs: number;
  readonly samePairs: number;
  readonly differentPairs: number;
  /** Share of (same, different) pairs in which the same person's distance is the smaller; null without named pairs. */
  readonly auc: Estimate | null;
  readonly points: readonly OperatingPoint[];
  /** [false accept rate, verified], from both ends; empty without named pairs. */
  readonly roc: readonly (readonly [number, number])[];
  /** Distances, sorted. */
  readonly same: readonly number[];
  readonly different: readonly number[];
}

/** False accept rates asked for. */
const FALSE_ACCEPT_RATES = [0.001, 0.01] as const;
/** So many false accepts are expected of the pairs at least, or the threshold is not resolvable. */
const FEWEST_ACCEPTS = 10;

/** Whether so many pairs of different people can tell a rate of false accepts. */
export const isResolvable = (far: number, differentPairs: number): boolean =>
  differentPairs * far >= FEWEST_ACCEPTS;
const REPLICATES = 200;
/** All pairs of so many photographs: beyond that a random part of them is taken. */
const MOST_PHOTOGRAPHS = 600;
const ROC_POINTS = 200;

function allPairs(
  faces: readonly Described[],
  people: readonly number[],
): { same: Pair[]; different: Pair[] } {
  const [same, different]: [Pair[], Pair[]] = [[], []];
  faces.forEach((face, i) => {
    for (let j = 0; j < i; j++) {
      const [a, b] = [people[i] ?? 0, people[j] ?? 0];
      const pair = {
        distance: distanceBetween(face.embedding, (faces[j] as Described).embedding),
        a,
        b,
      };
      (a === b ? same : different).push(pair);
    }
  });
  const byDistance = (x: Pair, y: Pair): number => x.distance - y.distance;
  return { same: same.sort(byDistance), different: different.sort(byDistance) };
}

/** Pairs weigh as often as both people were drawn; a pair of one person as often as the person. */
const weightOf = ({ a, b }: Pair, counts: ArrayLike<number>): number =>
  a === b ? (counts[a] ?? 0) : (counts[a] ?? 0) * (counts[b] ?? 0);

const totalWeight = (pairs: readonly Pair[], counts: ArrayLike<number>): number =>
  pairs.reduce((sum, pair) => sum + weightOf(pair, counts), 0);

/** The largest distance at which no more than a share of the pairs' weight is accepted; NaN where even the nearest pair is too much. */
function weightedThreshold(pairs: readonly Pair[], counts: ArrayLike<number>, far: number): number {
  const wanted = far * totalWeight(pairs, counts);
  let [sum, accepted] = [0, NaN];
  for (const [i, pair] of pairs.entries()) {
    sum += weightOf(pair, counts);
    if (sum > wanted) return accepted;
    // pairs at one distance are accepted together
    if (pairs[i + 1]?.distance !== pair.distance) accepted = pair.distance;
  }
  return accepted;
}

function shareBelow(pairs: readonly Pair[], counts: ArrayLike<number>, threshold: number): number {
  let sum = 0;
  for (const pair of pairs) {
    if (pair.distance > threshold) break;
    sum += weightOf(pair, counts);
  }
  return sum / totalWeight(pairs, counts);
}

/** Both lists are sorted by distance: one walk through them. */
function areaUnderCurve(
  same: readonly Pair[],
  different: readonly Pair[],
  counts: ArrayLike<number>,
): number {
  let [below, area, at] = [0, 0, 0];
  const total = totalWeight(same, counts);
  for (const pair of different) {
    while (at < same.length && (same[at]?.distance ?? Infinity) < pair.distance)
      below += weightOf(same[at++] as Pair, counts);
    area += weightOf(pair, counts) * (below / total);
  }
  return area / totalWeight(different, counts);
}

function rocOf(same: readonly number[], different: readonly number[]): [number, number][] {
  if (same.length === 0 || different.length === 0) return [];
  const shareUpTo = (sorted: readonly number[], value: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
      else high = middle;
    }
    return low / sorted.length;
  };
  const all = [...same, ...different].sort((a, b) => a - b);
  const thresholds = Array.from({ length: ROC_POINTS + 1 }, (_, i) =>
    quantile(all, i / ROC_POINTS),
  );
  return [
    [0, 0],
    ...thresholds.map((t): [number, number] => [shareUpTo(different, t), shareUpTo(same, t)]),
  ];
}

/** A figure of pairs with the interval that drawing people again gives. */
function estimated(
  figure: (counts: ArrayLike<number>) => number,
  people: number,
  draws: readonly Uint16Array[],
  n: number,
): Estimate {
  return { value: figure(new Uint16Array(people).fill(1)), ...intervalOf(draws.map(figure)), n };
}

/** Sets thresholds by all pairs of some real photographs, of 600 random ones where there are more. */
export function calibrate(all: readonly Described[], random: Random): Calibration {
  const faces = random.shuffled(all).slice(0, MOST_PHOTOGRAPHS);
  const names = new Map<string, number>();
  let unnamed = 0;
  const people = faces.map(({ person }) => {
    const key = person ?? `\u0000${unnamed++}`;
    if (!names.has(key)) names.set(key, names.size);
    return names.get(key) ?? 0;
  });
  const { same, different } = allPairs(faces, people);
  const draws = drawPeople(names.size, REPLICATES, random);
  const isNamed = same.length > 0 && different.length > 0;
  const points = FALSE_ACCEPT_RATES.map((far): OperatingPoint => {
    if (!isResolvable(far, different.length)) return { far, threshold: null, verified: null };
    const thresholdAt = (counts: ArrayLike<number>): number =>
      weightedThreshold(different, counts, far);
    const verifiedAt = (counts: ArrayLike<number>): number =>
      shareBelow(same, counts, thresholdAt(counts));
    return {
      far,
      threshold: estimated(thresholdAt, names.size, draws, different.length),
      verified: isNamed ? estimated(verifiedAt, names.size, draws, same.length) : null,
    };
  });
  const distances = (pairs: readonly Pair[]): number[] => pairs.map(({ distance }) => distance);
  return {
    people: names.size,
    photographs: faces.length,
    samePairs: same.length,
    differentPairs: different.length,
    auc: isNamed
      ? estimated(
          (counts) => areaUnderCurve(same, different, counts),
          names.size,
          draws,
          same.length,
        )
      : null,
    points,
    roc: rocOf(distances(same), distances(different)),
    same: distances(same),
    different: distances(different),
  };
}
