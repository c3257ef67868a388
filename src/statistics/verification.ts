/** @file When two descriptors are one person's: thresholds, ROC and rates from pairs of real photographs. */

import { drawPeople, intervalOf, quantile } from './bootstrap';
import type { Estimate } from './bootstrap';
import { distanceBetween } from './pair-distances';
import { indexPeople, timesDrawn } from './people';
import type { Random } from './random';
import { areaUnderCurve, isResolvable, shareAccepted, thresholdAt } from './roc';
import type { SortedPairs } from './roc';

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
  /** The threshold in every drawing of people that gives one; empty where there is none. */
  readonly thresholdReplicates: readonly number[];
  /** Share of pairs of one person below it; null where nobody is named twice, or there is no threshold. */
  readonly verified: Estimate | null;
}

/** What pairs of real photographs tell of a judge. */
export interface Calibration {
  readonly people: number;
  readonly photographs: number;
  readonly samePairs: number;
  readonly differentPairs: number;
  /** Share of (same, different) pairs in which the same person's distance is the smaller, equal ones for half; null without named pairs. */
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
const REPLICATES = 200;
/** All pairs of so many photographs: beyond that a random part of them is taken. */
const MOST_PHOTOGRAPHS = 600;
const ROC_POINTS = 200;

/** All pairs of one kind in rising order of distance. */
interface Kind {
  readonly pairs: readonly Pair[];
  readonly distances: readonly number[];
}

/** A photograph with the index of its person. */
interface Placed {
  readonly embedding: Float32Array;
  readonly person: number;
}

function allPairs(faces: readonly Placed[]): { same: Kind; different: Kind } {
  const same: Pair[] = [];
  const different: Pair[] = [];
  for (const [i, { embedding, person }] of faces.entries())
    for (const other of faces.slice(0, i)) {
      const distance = distanceBetween(embedding, other.embedding);
      const pair = { distance, a: person, b: other.person };
      (person === other.person ? same : different).push(pair);
    }
  const sorted = (pairs: Pair[]): Kind => {
    pairs.sort((x, y) => x.distance - y.distance);
    return { pairs, distances: pairs.map(({ distance }) => distance) };
  };
  return { same: sorted(same), different: sorted(different) };
}

/** The pairs of a draw: each counts as often as both people were drawn; a pair of one person as often as the person. */
function drawnPairs({ pairs, distances }: Kind, counts: ArrayLike<number>): SortedPairs {
  return {
    distances,
    weightOf: (index) => {
      const pair = pairs[index];
      const first = timesDrawn(counts, pair?.a);
      return pair?.a === pair?.b ? first : first * timesDrawn(counts, pair?.b);
    },
  };
}

function rocOf(same: readonly number[], different: readonly number[]): [number, number][] {
  if (same.length === 0 || different.length === 0) return [];
  const shareUpTo = (sorted: readonly number[], value: number): number => {
    let low = 0;
    let high = sorted.length;
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

/** A figure of a draw. */
type Figure = (counts: ArrayLike<number>) => number;

/** What {@link calibrate} draws again. */
interface Drawings {
  readonly same: Kind;
  readonly different: Kind;
  readonly people: number;
  readonly draws: readonly Uint16Array[];
}

/** A figure of pairs with the interval that drawing people again gives. */
function estimated(
  figure: Figure,
  { people, draws }: Drawings,
  n: number,
): { readonly estimate: Estimate; readonly replicates: readonly number[] } {
  const replicates = draws.map(figure);
  return {
    estimate: { value: figure(new Uint16Array(people).fill(1)), ...intervalOf(replicates), n },
    replicates,
  };
}

function operatingPoint(far: number, drawings: Drawings): OperatingPoint {
  const { same, different } = drawings;
  if (!isResolvable(far, different.pairs.length))
    return { far, threshold: null, thresholdReplicates: [], verified: null };
  const thresholdOf: Figure = (counts) => thresholdAt(drawnPairs(different, counts), far);
  const verifiedOf: Figure = (counts) =>
    shareAccepted(drawnPairs(same, counts), thresholdOf(counts));
  const { estimate, replicates } = estimated(thresholdOf, drawings, different.pairs.length);
  return {
    far,
    // ties can leave no distance that accepts few enough
    threshold: Number.isNaN(estimate.value) ? null : estimate,
    thresholdReplicates: replicates.filter((threshold) => !Number.isNaN(threshold)),
    verified:
      same.pairs.length > 0 && !Number.isNaN(estimate.value)
        ? estimated(verifiedOf, drawings, same.pairs.length).estimate
        : null,
  };
}

/** Sets thresholds by all pairs of some real photographs, of 600 random ones where there are more. */
export function calibrate(all: readonly Described[], random: Random): Calibration {
  const faces = random.shuffled(all).slice(0, MOST_PHOTOGRAPHS);
  const names = faces.map(({ person }, i) => person ?? `\u0000${i}`);
  const people = indexPeople(names);
  const placed = names.map((name, i): Placed => ({
    embedding: (faces[i] as Described).embedding,
    person: people.indexOf(name),
  }));
  const { same, different } = allPairs(placed);
  const draws = drawPeople(people.size, REPLICATES, random);
  const drawings: Drawings = { same, different, people: people.size, draws };
  const isNamed = same.pairs.length > 0 && different.pairs.length > 0;
  const areaOf: Figure = (counts) =>
    areaUnderCurve(drawnPairs(same, counts), drawnPairs(different, counts));
  return {
    people: people.size,
    photographs: faces.length,
    samePairs: same.pairs.length,
    differentPairs: different.pairs.length,
    auc: isNamed ? estimated(areaOf, drawings, same.pairs.length).estimate : null,
    points: FALSE_ACCEPT_RATES.map((far) => operatingPoint(far, drawings)),
    roc: rocOf(same.distances, different.distances),
    same: same.distances,
    different: different.distances,
  };
}
