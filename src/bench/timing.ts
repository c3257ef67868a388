/** @file What a benchmark says of its times. */

import { CALLS_BEFORE_FUNCTION } from '../engine/function/compiled';

/** Calls that are not timed where a computation becomes a function: those before it is one, and its first, which TensorFlow optimises it in. */
export const FUNCTION_WARM_UP = CALLS_BEFORE_FUNCTION + 1;

/** Seconds since a reading of `performance.now()`. */
export const secondsSince = (started: number): number => (performance.now() - started) / 1000;

/** The middle one of some values. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** So many digits behind the point. */
export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** The most memory that the process has held, in GB. */
export const peakRssGb = (): number => rounded(process.resourceUsage().maxRSS / 1e6, 3);

/** Fewest steps whose memory says something of its growth. */
const STEPS_OF_GROWTH = 50;

/** Slope of the later half of readings in bytes, by least squares, in MB a reading; null where readings are too few to tell. */
export function growth(readings: readonly number[]): number | null {
  if (readings.length < STEPS_OF_GROWTH) return null;
  const later = readings.slice(Math.floor(readings.length / 2));
  const meanX = (later.length - 1) / 2;
  const meanY = later.reduce((sum, value) => sum + value, 0) / later.length;
  const covariance = later.reduce((sum, value, i) => sum + (i - meanX) * (value - meanY), 0);
  const variance = later.reduce((sum, _, i) => sum + (i - meanX) ** 2, 0);
  return rounded(covariance / variance / 1e6, 3);
}
