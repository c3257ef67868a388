/** @file Counts of values in equal steps. */

/** How many values lie from here to the next bin; the first holds what is below too, the last what is above. */
export interface Bin {
  readonly from: number;
  readonly count: number;
}

/** Of the values, at each end: so few do not stretch the bins. */
const FAR_SHARE = 0.005;

/** Counts of values in `bins` equal steps from the least to the greatest, values at the far ends taken together. */
export function histogram(values: readonly number[], bins: number): Bin[] {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * FAR_SHARE)] ?? 0;
  const high = sorted[Math.ceil(sorted.length * (1 - FAR_SHARE)) - 1] ?? 1;
  const step = (high - low) / bins || 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / step)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, i) => ({ from: low + i * step, count }));
}
