/** @file How sure a figure is: intervals by drawing people again. */

import { timesDrawn } from './people';
import type { Random } from './random';

/** A figure with the ends of its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many observations it rests on. */
  readonly n: number;
}

const CONFIDENCE = 0.95;

/** The value below which a share of sorted values lies, between neighbours by proportion. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  // two infinities have no difference
  return low === high ? low : low + (at - Math.floor(at)) * (high - low);
}

/** How often each of `people` is drawn when as many are drawn as there are, [replicates][people]. */
export function drawPeople(people: number, replicates: number, random: Random): Uint16Array[] {
  return Array.from({ length: replicates }, () => {
    const counts = new Uint16Array(people);
    for (let i = 0; i < people; i++) {
      const drawn = random.nextInt(people);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    return counts;
  });
}

/** The ends of the interval that holds 95 % of what the replicates say; of those that say anything. */
export function intervalOf(replicates: readonly number[]): {
  readonly low: number;
  readonly high: number;
} {
  const sorted = replicates.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return {
    low: quantile(sorted, (1 - CONFIDENCE) / 2),
    high: quantile(sorted, (1 + CONFIDENCE) / 2),
  };
}

/** Mean of values weighted by how often their people were drawn. @throws Error for a value of nobody whom the draw counts */
export function weightedMean(
  values: readonly number[],
  people: readonly number[],
  counts: ArrayLike<number>,
): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = timesDrawn(counts, people[i]);
    sum += weight * (values[i] ?? NaN);
    total += weight;
  }
  return sum / total;
}

/** Median of values, each as often as its person was drawn. @throws Error for a value of nobody whom the draw counts */
export function weightedMedian(
  values: readonly number[],
  people: readonly number[],
  counts: ArrayLike<number>,
): number {
  const repeated = values.flatMap((value, i) =>
    new Array<number>(timesDrawn(counts, people[i])).fill(value),
  );
  return quantile(
    repeated.sort((a, b) => a - b),
    0.5,
  );
}

/**
 * A figure of some values with its interval.
 * @param people whose each value is, as an index into every draw
 */
export function estimate(
  values: readonly number[],
  people: readonly number[],
  draws: readonly Uint16Array[],
  figure: typeof weightedMean = weightedMean,
): Estimate {
  const once = new Uint16Array(Math.max(0, ...people) + 1).fill(1);
  const replicates =
    values.length === 0 ? [] : draws.map((counts) => figure(values, people, counts));
  return {
    value: values.length === 0 ? NaN : figure(values, people, once),
    ...intervalOf(replicates),
    n: values.length,
  };
}
