/** @file One line of the proof: a quantity, what was expected, what came, and whether the difference is allowed. */

import type { Summary } from './fixture';

/** Numbers that can be computed again from inputs that differ in their last bits, and how their difference is judged. */
interface Compared {
  readonly values: ArrayLike<number>;
  readonly distance: (values: ArrayLike<number>, others: ArrayLike<number>) => number;
}

/** A compared quantity; `expected` and `got` are one number that stands for it (its l2 norm, its largest value, the loss). */
export interface Row {
  readonly quantity: string;
  readonly expected: number | string;
  readonly got: number | string;
  /** In the unit that the tolerance is in; NaN never passes. */
  readonly error: number;
  /** How far the quantity moves, in the same unit, when its inputs are changed in their last bits; null where that was not measured. */
  readonly spread: number | null;
  readonly tolerance: number;
  readonly pass: boolean;
  /** Null where the tolerance is fixed, whatever the spread. */
  readonly compared: Compared | null;
  /** The tolerance never exceeds it, however far the quantity spreads. */
  readonly ceiling: number;
}

/** What implementations in single precision agree to, where no kink is near. */
export const AGREEMENT = 1e-4;
/** The error that is allowed where a quantity spreads, in spreads. */
const SPREADS = 3;

/**
 * Ceilings of tolerances that follow the spread. A leaky ReLU whose input lies within rounding of zero, and flips its sign, moves a
 * whole gradient by some 2e-3; Adam's first steps move by the sign of a gradient, and make differences grow.
 */
export const CEILING = {
  output: 1e-3,
  loss: 1e-3,
  gradient: 2e-2,
  variable: 2e-2,
  /** For steps 1 to 4. */
  trace: {
    d_loss: [5e-3, 5e-2, 5e-2, 5e-2],
    g_loss: [5e-3, 5e-2, 5e-2, 5e-2],
    fea_loss: [5e-3, 0.5, 0.5, 0.5],
    age_loss: [5e-3, 0.2, 1.5, 3.5],
  },
} as const;

/** Fixed tolerances, each from the measured spread of correct implementations. */
export const TOLERANCE = {
  /** Largest difference over the array's largest magnitude. */
  output: 2e-4,
  /** Gradient of a bias that feeds a batch norm (its true gradient is 0), over the largest gradient of its network. */
  normalizedBiasGradient: 1e-4,
  /** Its change in one step, in learning rates an element. */
  normalizedBiasChange: 2.1,
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
  const fixed = { spread: null, compared: null, ceiling: tolerance };
  return { quantity, expected, got, error, tolerance, pass: error <= tolerance, ...fixed };
}

/** A row that may miss by what its quantity spreads. @param ceiling of that */
function spreadingRow(
  quantity: string,
  expected: number,
  got: number,
  error: number,
  ceiling: number,
  compared: Compared,
): Row {
  return { ...row(quantity, expected, got, error, AGREEMENT), ceiling, compared };
}

/**
 * Rows with the spread of each: the farthest that it moved in any of several computations from inputs that differ in their last bits. A
 * row passes that agrees to {@link AGREEMENT}, or misses by no more than three spreads, and by no more than its ceiling.
 * @param again the same rows, of the other computations
 */
export function withSpreads(rows: readonly Row[], again: readonly (readonly Row[])[]): Row[] {
  return rows.map((base, i) => {
    const { compared, ceiling, error } = base;
    if (compared === null) return base;
    const moved = again.map((others) =>
      compared.distance(compared.values, others[i]?.compared?.values ?? []),
    );
    const spread = moved.reduce((most, distance) => Math.max(most, distance), 0);
    const allowed = Math.max(AGREEMENT, Math.min(ceiling, SPREADS * spread));
    const tolerance = Number.isNaN(allowed) ? AGREEMENT : allowed;
    return { ...base, spread, tolerance, pass: error <= tolerance };
  });
}

/**
 * |got − expected| / |expected|; where expected is 0, the difference itself.
 * @param least what |expected| counts as where it is less: nothing smaller can be told from 0 in single precision
 */
export function relativeRow(
  quantity: string,
  expected: number,
  got: number,
  ceiling: number = AGREEMENT,
  least = 0,
): Row {
  const scale = Math.max(Math.abs(expected), least) || 1;
  const distance: Compared['distance'] = (values, others) =>
    Math.abs((values[0] ?? NaN) - (others[0] ?? NaN)) / scale;
  return spreadingRow(quantity, expected, got, distance([expected], [got]), ceiling, {
    values: [got],
    distance,
  });
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

function difference(expected: ArrayLike<number>, got: ArrayLike<number>): Float64Array {
  if (expected.length !== got.length) return new Float64Array([NaN]);
  return Float64Array.from(expected, (value, i) => (got[i] ?? NaN) - value);
}

/** Whole arrays by their largest difference. */
export function outputRow(quantity: string, expected: Float32Array, got: Float32Array): Row {
  const scale = largest(expected);
  const distance: Compared['distance'] = (values, others) =>
    largest(difference(values, others)) / scale;
  const error = distance(expected, got);
  const compared = { values: got, distance };
  return spreadingRow(quantity, scale, largest(got), error, CEILING.output, compared);
}

/** The same with a fixed tolerance, where no spread is measured. */
export function fixedOutputRow(quantity: string, expected: Float32Array, got: Float32Array): Row {
  const { expected: scale, got: most, error } = outputRow(quantity, expected, got);
  return row(quantity, scale, most, error, TOLERANCE.output);
}

/** Whole arrays by the l2 norm of their difference. */
export function l2DifferenceRow(
  quantity: string,
  expected: Float32Array,
  got: Float32Array,
  ceiling: number,
): Row {
  const norm = l2(expected);
  const scale = norm || 1;
  const distance: Compared['distance'] = (values, others) => l2(difference(values, others)) / scale;
  const error = distance(expected, got);
  return spreadingRow(quantity, norm, l2(got), error, ceiling, { values: got, distance });
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
