import { weightedMean, weightedMedian } from '../../src/statistics/bootstrap';
import { pairDistances, verification } from '../../src/statistics/pair-distances';
import { indexPeople, timesDrawn } from '../../src/statistics/people';
import { createRandom } from '../../src/statistics/random';
import { areaUnderCurve, countedOnce, shareAccepted, thresholdAt } from '../../src/statistics/roc';
import { calibrate } from '../../src/statistics/verification';

test('the area under the curve counts ties for half', () => {
  // 1 beats 2, 3, 3; 2 ties with 2 and beats both 3; 3 ties with both 3: 3 + 2.5 + 1 of 9
  expect(areaUnderCurve(countedOnce([3, 1, 2]), countedOnce([3, 2, 3]))).toBeCloseTo(6.5 / 9, 12);
  expect(areaUnderCurve(countedOnce([1, 1]), countedOnce([1, 1, 1]))).toBe(0.5);
  expect(areaUnderCurve(countedOnce([1]), countedOnce([2]))).toBe(1);
  expect(areaUnderCurve(countedOnce([2]), countedOnce([1]))).toBe(0);
  // a picture without a face is infinitely far; two of them are equally far
  expect(areaUnderCurve(countedOnce([1, Infinity]), countedOnce([Infinity]))).toBe(0.75);
  expect(areaUnderCurve(countedOnce([]), countedOnce([1]))).toBeNaN();
});

test('weights count a pair as often as repeating it would', () => {
  const same = [1, 2, 3];
  const different = [2, 3, 4];
  const weighted = (distances: number[], weights: number[]) => ({
    distances,
    weightOf: (i: number) => weights[i]!,
  });
  expect(areaUnderCurve(weighted(same, [2, 0, 1]), weighted(different, [1, 3, 0]))).toBeCloseTo(
    areaUnderCurve(countedOnce([1, 1, 3]), countedOnce([2, 3, 3, 3])),
    12,
  );
  // 1 is nearer than all of four, twice; 3 ties with three: (8 + 1.5) / 12
  expect(areaUnderCurve(weighted(same, [2, 0, 1]), weighted(different, [1, 3, 0]))).toBeCloseTo(
    9.5 / 12,
    12,
  );
});

test('a threshold accepts no more than its share, and pairs at one distance together', () => {
  const different = countedOnce([1, 2, 2, 3]);
  expect([0.2, 0.25, 0.5, 0.75, 1].map((far) => thresholdAt(different, far))).toEqual([
    NaN,
    1,
    1,
    2,
    3,
  ]);
  expect(shareAccepted(countedOnce([1, 2, 3, 4]), 2)).toBe(0.5);
  // no threshold accepts nothing that could be told, and not everything
  expect(shareAccepted(countedOnce([1, 2]), NaN)).toBeNaN();
});

test('both callers find the same area for the same descriptors, ties and all', () => {
  // whole numbers on a line: many pairs are equally far
  const random = createRandom(4);
  const people = Array.from({ length: 40 }, (_, i) => i % 13);
  const rows = people.map((person) => Float32Array.of((person % 4) + random.nextInt(3)));
  const found = verification(
    pairDistances(
      { values: Float32Array.from(rows.flatMap((row) => [...row])), size: 1 },
      'euclidean',
    ),
    people,
  )!;
  const described = rows.map((embedding, i) => ({ embedding, person: `p${people[i]!}` }));
  const { auc, samePairs, differentPairs } = calibrate(described, createRandom(1));
  expect([samePairs, differentPairs]).toEqual([found.samePairs, found.differentPairs]);
  expect(auc!.value).toBeCloseTo(found.auc, 9);
});

test('people have the indices of their first appearance, and an unknown one none', () => {
  const people = indexPeople(['b', 'a', 'b', 'c']);
  expect([people.size, ...['b', 'a', 'c'].map(people.indexOf)]).toEqual([3, 0, 1, 2]);
  expect(() => people.indexOf('d')).toThrow('people: expected one of 3 known ones, got "d"');
});

test('a value of nobody that a draw counts is an error, not one more of the first person', () => {
  expect(timesDrawn([2, 0], 1)).toBe(0);
  for (const broken of [
    () => weightedMean([1, 2], [0], [1, 1]),
    () => weightedMean([1, 2], [0, 5], [1, 1]),
    () => weightedMedian([1, 2], [0, 5], [1, 1]),
  ])
    expect(broken).toThrow(/people: expected an index below 2, got (undefined|5) of a person/);
});
