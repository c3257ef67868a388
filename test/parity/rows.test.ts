import {
  exactRow,
  l2DifferenceRow,
  outputRow,
  relativeRow,
} from '../../src/parity/comparison-rows';
import { seedValues } from '../../src/parity/seed-values';

test('an output is judged by its largest difference over its largest value', () => {
  expect(outputRow('a', Float32Array.from([1, -4]), Float32Array.from([1, -4.0004]))).toMatchObject(
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
  ).toMatchObject({ error: 0.1, pass: true });
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
