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
