import {
  AGREEMENT,
  exactRow,
  fixedOutputRow,
  l2DifferenceRow,
  outputRow,
  relativeRow,
  row,
  withSpreads,
} from '../../src/parity/comparison-rows';
import type { Row } from '../../src/parity/comparison-rows';
import { perturbed } from '../../src/parity/spread';
import { seedValues } from '../../src/parity/seed-values';

test('an output is judged by its largest difference over its largest value', () => {
  expect(outputRow('a', Float32Array.from([1, -4]), Float32Array.from([1, -4.0003]))).toMatchObject(
    { pass: true },
  );
  const { error, pass } = outputRow(
    'a',
    Float32Array.from([1, -4]),
    Float32Array.from([1.004, -4]),
  );
  expect(error).toBeCloseTo(0.001, 6);
  expect(pass).toBe(false);
});

test('NaN and other lengths never pass', () => {
  expect(outputRow('a', Float32Array.from([1]), Float32Array.from([NaN])).pass).toBe(false);
  expect(outputRow('a', Float32Array.from([1]), Float32Array.from([])).pass).toBe(false);
  expect(relativeRow('a', 1, NaN, 1).pass).toBe(false);
  expect(
    l2DifferenceRow('a', Float32Array.from([3, 4]), Float32Array.from([3, 4.5]), 0.1),
  ).toMatchObject({ error: 0.1, tolerance: AGREEMENT, pass: false });
});

describe('a row that does not agree', () => {
  const judged = (base: Row, others: readonly Row[]): Row =>
    withSpreads(
      [base],
      others.map((other) => [other]),
    )[0]!;
  const gradient = (got: number): Row => relativeRow('a', 1, got, 0.02);

  test('passes within three times the farthest that it was seen to move, and not beyond', () => {
    const moved = [gradient(1.002), gradient(1.0013), gradient(1.0019)];
    expect(judged(gradient(1.002), moved)).toMatchObject({ pass: true });
    expect(judged(gradient(1.002), moved).spread).toBeCloseTo(7e-4, 9);
    expect(judged(gradient(1.0022), moved.slice(1))).toMatchObject({ pass: true });
    expect(judged(gradient(1.0022), [gradient(1.0016)])).toMatchObject({ pass: false });
  });

  test('does not pass where it does not move, nor above its ceiling however far it moves, nor as NaN', () => {
    expect(judged(gradient(1.0002), [gradient(1.0002)])).toMatchObject({ spread: 0, pass: false });
    expect(judged(gradient(1.019), [gradient(2)])).toMatchObject({ pass: true });
    expect(judged(gradient(1.021), [gradient(2)])).toMatchObject({ tolerance: 0.02, pass: false });
    expect(judged(gradient(1.001), [gradient(NaN)])).toMatchObject({ pass: false });
    expect(judged(gradient(NaN), [gradient(1)])).toMatchObject({ pass: false });
  });

  test('that is an array moves by its largest or its l2 difference; a fixed tolerance does not move', () => {
    const three = Float32Array.from([3, 4]);
    const base = l2DifferenceRow('a', three, three, 0.5);
    const other = l2DifferenceRow('a', three, Float32Array.from([3, 4.5]), 0.5);
    expect(judged(base, [other])).toMatchObject({ spread: 0.1, pass: true });
    expect(judged(row('a', 0, 0, 0.2, 0.1), [row('a', 0, 9, 9, 0.1)])).toMatchObject({
      ...{ spread: null, tolerance: 0.1, pass: false },
    });
  });

  test('that is too small to be told from 0 is judged as if it were not', () => {
    expect(relativeRow('age_loss', 9e-15, 0, 1, 2e-5)).toMatchObject({ pass: true });
    expect(relativeRow('age_loss', 9e-15, 1e-4, 1, 2e-5)).toMatchObject({ pass: false });
  });
});

test('an output whose spread is not measured has a fixed tolerance', () => {
  const one = Float32Array.from([1]);
  expect(fixedOutputRow('a', one, Float32Array.from([1.00018]))).toMatchObject({ pass: true });
  expect(fixedOutputRow('a', one, Float32Array.from([1.00022]))).toMatchObject({ pass: false });
});

test('inputs change in their last bits: every number to a neighbour, up or down, and zeros stay', () => {
  const values = Float32Array.from({ length: 2000 }, (_, i) => (i % 10 === 0 ? 0 : (i - 1000) / 7));
  const moved = perturbed(values, 1);
  const ups = values.reduce((count, value, i) => {
    if (value === 0) expect(moved[i]).toBe(0);
    else {
      const relative = Math.abs((moved[i]! - value) / value);
      expect(relative).toBeGreaterThan(2 ** -25);
      expect(relative).toBeLessThanOrEqual(2 ** -23);
    }
    return count + (Math.abs(moved[i]!) > Math.abs(value) ? 1 : 0);
  }, 0);
  // of 1800, within four standard errors
  expect(Math.abs(ups - 900)).toBeLessThan(4 * Math.sqrt(1800 / 4));
  expect(perturbed(values, 2)).not.toEqual(moved);
  expect(perturbed(values, 1)).toEqual(moved);
});

test('a checkpoint variable must have the very values', () => {
  const expected = { sum: 3, l2: Math.sqrt(5), first: [1, 2], last: [1, 2] };
  expect(exactRow('a', expected, [1, 2]).pass).toBe(true);
  expect(exactRow('a', expected, [1, Math.fround(2.0000002)]).pass).toBe(false);
});

test('made values depend on salt, name and index, and stay in their range', () => {
  const values = seedValues('', 'generator/conv1/weights', 1000, -0.5, 0.25);
  expect(values).toEqual(seedValues('', 'generator/conv1/weights', 1000, -0.5, 0.25));
  expect(values).not.toEqual(seedValues('x', 'generator/conv1/weights', 1000, -0.5, 0.25));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.5);
  expect(Math.max(...values)).toBeLessThan(0.25);
  // the mean of a uniform distribution, within four standard errors of 1000 draws
  expect(Math.abs(values.reduce((sum, v) => sum + v, 0) / 1000 + 0.125)).toBeLessThan(
    4 * (0.75 / Math.sqrt(12 * 1000)),
  );
});
