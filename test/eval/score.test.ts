import type { Judge } from '../../src/eval/judges/judge';
import type { Observation } from '../../src/eval/judges/panel';
import { rowsOf } from '../../src/eval/rows';
import { scoreItem, scoreItems } from '../../src/eval/score';
import type { Drawings, References, Source } from '../../src/eval/score';
import { indexPeople } from '../../src/statistics/people';
import { chooseThreshold } from '../../src/eval/thresholds';
import type { Calibration } from '../../src/statistics/verification';

const references: References = {
  thresholds: [0.5, null],
  groupMeans: [
    [15, 25, 60],
    [null, null, null],
  ],
  ageBounds: [20, 30],
  judgesAge: [true, true],
};

const seen = (x: number, age: number, isFound = true): Observation => ({
  isFound,
  sharpness: 1,
  opinions: [
    { embedding: Float32Array.of(x, 0), age, group: null },
    { embedding: null, age: null, group: 1 },
  ],
});

const source: Source = {
  name: 'a.jpg',
  person: 'A',
  observation: seen(0, 18),
  real: new Map([[1, [seen(0.2, 26), seen(0.4, 28)]]]),
};

test('distance, verification, age error and group of a picture, by judge', () => {
  expect(scoreItem(source, 1, seen(0.3, 27), references)).toEqual({
    source: 'a.jpg',
    person: 'A',
    group: 1,
    isFound: true,
    sharpness: 1,
    distance: [expect.closeTo(0.3, 6), null],
    isVerified: [true, null],
    // (0.1 + 0.1) / 2 to the person's own photographs
    toReal: [expect.closeTo(0.1, 6), null],
    age: [27, null],
    ageError: [2, null],
    isInGroup: [true, true],
  });
});

test('a picture without a face fails: unverified, infinitely far, in no group, as wrong in age as the farthest group', () => {
  expect(scoreItem(source, 1, seen(0, 27, false), references)).toMatchObject({
    isFound: false,
    distance: [Infinity, null],
    isVerified: [false, null],
    toReal: [Infinity, null],
    age: [null, null],
    // 60 − 25, not 25 − 15
    ageError: [35, null],
    isInGroup: [false, false],
  });
});

test('the copied input is verified, at distance 0, and as far in age as the person is', () => {
  expect(scoreItem(source, 2, source.observation, references)).toMatchObject({
    distance: [0, null],
    isVerified: [true, null],
    ageError: [42, null],
    isInGroup: [false, false],
  });
});

const drawings = (
  people: readonly string[],
  draws: readonly (readonly number[])[],
  thresholdDraws: readonly (readonly number[])[] = [],
): Drawings => ({
  personIndex: indexPeople(people),
  draws: draws.map((counts) => Uint16Array.from(counts)),
  thresholdDraws,
});

test('many pictures: failures count, and what nobody can tell is not there', () => {
  const items = [seen(0.3, 27), seen(0.9, 12), seen(0, 27, false), seen(0.4, 31)].map((picture) =>
    scoreItem(source, 1, picture, references),
  );
  const score = scoreItems(items, drawings(['A'], []));
  expect(score).toMatchObject({ pictures: 4, people: 1, found: { value: 0.75, n: 4 } });
  expect(score.verified[0]).toMatchObject({ value: 0.5, n: 4 });
  expect(score.verified[1]).toBeNull();
  // of 27, 12 and 31: the one without a face has no age
  expect(score.age[0]).toMatchObject({ value: 70 / 3, n: 3 });
  // 2, 13, 35, 6
  expect(score.ageError[0]).toMatchObject({ value: 14, n: 4 });
  expect(score.inGroup[0]).toMatchObject({ value: 0.25 });
  expect(score.distance[0]!.value).toBeCloseTo((0.4 + 0.9) / 2, 6);
});

test("the interval of verified holds the threshold's own uncertainty, and that of people", () => {
  // of two people, at distances 0.3 and 0.6 from their inputs; the threshold is 0.5
  const items = ['A', 'B'].map((person, i) =>
    scoreItem({ ...source, person }, 1, seen(0.3 * (i + 1), 25), references),
  );
  const once = [1, 1];
  const verified = (draws: readonly (readonly number[])[], thresholds: readonly number[]) =>
    scoreItems(items, drawings(['A', 'B'], draws, [thresholds, []])).verified[0]!;
  // a threshold that is certain, and everybody drawn once: no spread
  expect(verified([once, once, once], [])).toEqual({ value: 0.5, low: 0.5, high: 0.5, n: 2 });
  // nobody passes 0.2, one of the two 0.4, both 0.7: quantiles 0.025 and 0.975 of 0, 0.5, 1
  expect(verified([once, once, once], [0.2, 0.4, 0.7])).toEqual({
    value: 0.5,
    low: expect.closeTo(0.025, 9),
    high: expect.closeTo(0.975, 9),
    n: 2,
  });
  // drawings go with thresholds in turn: A twice at 0.2, B twice at 0.7, A twice at 0.2 again: 0, 1, 0
  expect(
    verified(
      [
        [2, 0],
        [0, 2],
        [2, 0],
      ],
      [0.2, 0.7],
    ),
  ).toMatchObject({ low: 0, high: expect.closeTo(0.95, 9) });
});

test('a picture of somebody whom the draws do not count is an error that names the person, not one more of the first', () => {
  const items = ['A', 'C'].map((person) =>
    scoreItem({ ...source, person }, 1, seen(0.3, 25), references),
  );
  expect(() => scoreItems(items, drawings(['A', 'B'], [[1, 1]]))).toThrow(
    'people: expected one of 2 known ones, got "C"',
  );
  const observations = items.map(() => seen(0.3, 25));
  expect(() =>
    rowsOf('model', items, observations, {
      ...drawings(['A', 'B'], [[1, 1]]),
      groups: 3,
      space: null,
    }),
  ).toThrow('got "C"');
});

test('without real photographs of a group nothing is said of its ages', () => {
  const blind = {
    ...references,
    groupMeans: [
      [15, null, 60],
      [null, null, null],
    ],
  };
  expect(scoreItem(source, 1, seen(0, 20), blind)).toMatchObject({
    ageError: [null, null],
    isInGroup: [false, true],
  });
});

test('with real photographs of one group alone ages are not measured: a failure would look perfect', () => {
  const single = {
    ...references,
    groupMeans: [
      [null, 25, null],
      [null, null, null],
    ],
  };
  expect(scoreItem(source, 1, seen(0, 20, false), single).ageError).toEqual([null, null]);
  expect(scoreItem(source, 1, seen(0, 20), single).ageError).toEqual([null, null]);
});

test('a threshold is the given one, or that of real pairs, or the published one, and says so', () => {
  const judge = (isCalibrated: boolean): Judge => ({
    name: 'j',
    version: '1',
    note: '',
    identity: { publishedThreshold: 50, isCalibrated },
    age: null,
    judge: () => Promise.resolve([]),
    dispose: () => undefined,
  });
  const far = (share: number, value: number | null) => ({
    far: share,
    threshold: value === null ? null : { value, low: 0, high: 1, n: 9 },
    thresholdReplicates: value === null ? [] : [value - 0.1, value + 0.1],
    verified: null,
  });
  const calibration = { points: [far(0.001, null), far(0.01, 0.4)] } as unknown as Calibration;
  expect(chooseThreshold(judge(true), calibration, 3)).toEqual({
    distance: 3,
    origin: 'given by --threshold',
    replicates: [],
  });
  expect(chooseThreshold(judge(true), calibration, null)).toEqual({
    distance: 0.4,
    origin: 'false accept rate 1 % on real pairs',
    replicates: [0.4 - 0.1, 0.4 + 0.1],
  });
  expect(chooseThreshold(judge(false), calibration, null)).toEqual({
    distance: 50,
    origin: 'published',
    replicates: [],
  });
  expect(chooseThreshold(judge(true), null, null)).toEqual({
    distance: 50,
    origin: 'published; too few real pairs to set one',
    replicates: [],
  });
  expect(chooseThreshold({ ...judge(true), identity: null }, null, 3)).toBeNull();
});
