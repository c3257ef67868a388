import { correlation, pairDistances, verification } from '../../src/statistics/pair-distances';

const vectors = (rows: number[][]) => ({
  values: Float32Array.from(rows.flat()),
  size: rows[0]!.length,
});

test('distances of pairs come in the order 01, 02, 12', () => {
  const rows = vectors([
    [1, 0],
    [0, 2],
    [3, 0],
  ]);
  expect(Array.from(pairDistances(rows, 'cosine'))).toEqual([1, 0, 1]);
  const euclidean = pairDistances(rows, 'euclidean');
  [Math.sqrt(5), 2, Math.sqrt(13)].forEach((expected, i) =>
    expect(euclidean[i]).toBeCloseTo(expected, 6),
  );
});

test('correlation is 1 for a line that rises, -1 for one that falls, and as computed by hand between', () => {
  expect(correlation([1, 2, 3], [10, 20, 30])).toBeCloseTo(1, 12);
  expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  // deviations -1 0 1 and -1 1 0: 1 / √(2·2)
  expect(correlation([1, 2, 3], [0, 2, 1])).toBeCloseTo(0.5, 12);
});

test('verification counts pairs of one person that are nearer than pairs of two, ties for half', () => {
  // people A A B B: pairs AA, AB ×4, BB
  const found = verification(Float32Array.from([0.1, 0.5, 0.6, 0.3, 0.7, 0.3]), [0, 0, 1, 1])!;
  expect([found.samePairs, found.differentPairs]).toEqual([2, 4]);
  // AA beats 4 of 4; BB beats 3 and ties with 1
  expect(found.auc).toBeCloseTo((4 + 3.5) / 8, 6);
  // of four different pairs nobody can tell what a share of 1 % is
  expect([found.tarAtFar1, found.tarAtFar01]).toEqual([null, null]);
});

test('of a thousand different pairs ten are accepted at 1 %, and 0.1 % cannot be told', () => {
  // 2 people of two pictures and 43 of one: 2 same pairs, 47 · 46 / 2 − 2 = 1079 different
  const people = [0, 0, 1, 1, ...Array.from({ length: 43 }, (_, i) => i + 2)];
  const distances = Float32Array.from({ length: (47 * 46) / 2 }, (_, i) => 0.5 + i / 10_000);
  // pairs 01, 02, 03 …: the first is of one person, the eleven after it the nearest of two
  distances[0] = 0.51;
  // pair 23 stands behind 46 of the first picture and 45 of the second
  distances[91] = 0.9;
  const found = verification(distances, people)!;
  expect([found.samePairs, found.differentPairs]).toEqual([2, 1079]);
  // ten of 1079 may pass, those up to 0.501: neither 0.51 nor 0.9
  expect([found.tarAtFar1, found.tarAtFar01]).toEqual([0, null]);
  distances[0] = 0.5005;
  expect(verification(distances, people)!.tarAtFar1).toBe(0.5);
});

test('there is nothing to verify where nobody has two pictures', () => {
  expect(verification(Float32Array.from([0.5]), [0, 1])).toBeNull();
});
