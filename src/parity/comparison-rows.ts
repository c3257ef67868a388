/** @file One line of the proof: a quantity, what was expected, what came, and whether the difference is allowed. */

import type { Summary } from './fixture';

/** A compared quantity; `expected` and `got` are one number that stands for it (its l2 norm, its largest value, the loss). */
export interface Row {
  readonly quantity: string;
  readonly expected: number | string;
  readonly got: number | string;
  /** In the unit that the tolerance is in; NaN never passes. */
  readonly error: number;
  readonly tolerance: number;
  readonly pass: boolean;
}

/** Allowed errors, each from the measured spread of correct implementations. */
export const TOLERANCE = {
  /** Largest difference over the array's largest magnitude. */
  output: 2e-4,
  /** Relative. */
  loss: 1e-4,
  /** l2 of the difference, or difference of the l2 norms, relative. */
  gradient: 2e-3,
  variable: 2e-3,
  /** Gradient of a bias that feeds a batch norm (its true gradient is 0), over the largest gradient of its network. */
  normalizedBiasGradient: 1e-4,
  /** Its change in one step, in learning rates an element. */
  normalizedBiasChange: 2.1,
  /** Relative, for steps 1 to 4: rounding grows through Adam. */
  trace: {
    d_loss: [5e-3, 5e-3, 5e-3, 5e-3],
    g_loss: [5e-3, 5e-3, 5e-3, 5e-3],
    fea_loss: [0.05, 0.05, 0.05, 0.05],
    age_loss: [1e-3, 0.02, 0.15, 0.35],
  },
  /** Sums of the same numbers in another order. */
  summation: 1e-9,
  /** Mean grey levels. */
  sameDecoder: 0.05,
  otherDecoder: 1.2,
  realImage: 0.3,
} as const;

/** A row from an error that has been computed already. */
export function row(
  quantity: string,
  expected: number | string,
  got: number | string,
  error: number,
  tolerance: number,
): Row {
  return { quantity, expected, got, error, tolerance, pass: error <= tolerance };
}

/** |got − expected| / |expected|; where expected is 0, the difference itself. */
export function relativeRow(
  quantity: string,
  expected: number,
  got: number,
  tolerance: number,
): Row {
  return row(
    quantity,
    expected,
    got,
    Math.abs(got - expected) / (Math.abs(expected) || 1),
    tolerance,
  );
}

const largest = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? NaN));
  return most;
};

/** l2 norm in double precision. */
export function l2(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? NaN) ** 2;
  return Math.sqrt(sum);
}

function difference(expected: Float32Array, got: Float32Array): Float64Array {
  if (expected.length !== got.length) return new Float64Array([NaN]);
  return Float64Array.from(expected, (value, i) => (got[i] ?? NaN) - value);
}

/** Whole arrays by their largest difference. */
export function outputRow(
  quantity: string,
  expected: Float32Array,
  got: Float32Array,
  tolerance: number = TOLERANCE.output,
): Row {
  const scale = largest(expected);
  return row(quantity, scale, largest(got), largest(difference(expected, got)) / scale, tolerance);
}

/** Whole arrays by the l2 norm of their difference. */
export function l2DifferenceRow(
  quantity: string,
  expected: Float32Array,
  got: Float32Array,
  tolerance: number,
): Row {
  const scale = l2(expected);
  return row(quantity, scale, l2(got), l2(difference(expected, got)) / (scale || 1), tolerance);
}

/** Mean absolute difference, in the arrays' own unit. */
export function meanDifferenceRow(
  quantity: string,
  expected: Float32Array,
  got: Float32Array,
  tolerance: number,
): Row {
  const mean = (values: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i] ?? NaN;
    return sum / values.length;
  };
  return row(
    quantity,
    mean(expected),
    mean(got),
    mean(difference(expected, got).map(Math.abs)),
    tolerance,
  );
}

/** The same numbers, bit for bit at both ends, their sum and norm up to the order of summation. */
export function exactRow(quantity: string, expected: Summary, got: ArrayLike<number>): Row {
  const values = Array.from(got);
  const ends = [
    ...values.slice(0, expected.first.length),
    ...values.slice(values.length - expected.last.length),
  ];
  const isSameAtEnds = [...expected.first, ...expected.last].every(
    (value, i) => Math.fround(value) === ends[i],
  );
  const sum = values.reduce((total, value) => total + value, 0);
  const scale = Math.max(expected.l2, Number.MIN_VALUE);
  const error = isSameAtEnds
    ? Math.max(Math.abs(sum - expected.sum), Math.abs(l2(values) - expected.l2)) / scale
    : Infinity;
  return row(quantity, expected.l2, l2(values), error, TOLERANCE.summation);
}
