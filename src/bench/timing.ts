/** @file What a benchmark says of its times. */

/** Seconds since a reading of `performance.now()`. */
export const secondsSince = (started: number): number => (performance.now() - started) / 1000;

/** The middle one of some values. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** So many digits behind the point. */
export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** The most memory that the process has held, in GB. */
export const peakRssGb = (): number => rounded(process.resourceUsage().maxRSS / 1e6, 3);
