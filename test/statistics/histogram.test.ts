import { histogram } from '../../src/statistics/histogram';

test('equal steps from the least to the greatest, the greatest in the last', () => {
  expect(histogram([0, 1, 1, 2, 4], 4)).toEqual([
    { from: 0, count: 1 },
    { from: 1, count: 2 },
    { from: 2, count: 1 },
    { from: 3, count: 1 },
  ]);
});

test('few far values do not stretch the bins: the ends take them in', () => {
  const values = [...Array.from({ length: 1000 }, (_, i) => i / 1000), 1e6, -1e6];
  const bins = histogram(values, 10);
  expect(bins[0]!.from).toBeCloseTo(0, 1);
  expect(bins.at(-1)!.from).toBeCloseTo(0.9, 1);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
});

test('values that are all the same, or none, have a first bin', () => {
  expect(histogram([7, 7], 2)).toEqual([
    { from: 7, count: 2 },
    { from: 8, count: 0 },
  ]);
  expect(histogram([], 1)).toEqual([{ from: 0, count: 0 }]);
});
