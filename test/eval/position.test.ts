import { positionOf } from '../../src/eval/position';
import type { Drawings, Item } from '../../src/eval/score';
import { indexPeople } from '../../src/statistics/people';

const JUDGES = [
  { identity: { publishedThreshold: null, isCalibrated: true }, age: 'years' },
] as const;

/** Pictures of A, B, C …, a distance and an error in years each; the threshold is 0.5. */
const pictures = (...measured: readonly (readonly [distance: number, error: number])[]): Item[] =>
  measured.map(([distance, error], i) => ({
    ...{ source: `${i}.jpg`, person: 'ABCD'[i]!, group: 0, isFound: true, sharpness: 1 },
    ...{ distance: [distance], isVerified: [distance <= 0.5], toReal: [null], age: [null] },
    ...{ ageError: [error], isInGroup: [null] },
  }));
const drawings = (
  draws: readonly (readonly number[])[],
  thresholds: readonly number[] = [],
): Drawings => ({
  personIndex: indexPeople(['A', 'B', 'C', 'D']),
  draws: draws.map((counts) => Uint16Array.from(counts)),
  thresholdDraws: [thresholds],
});
const ONCE = [1, 1, 1, 1];

/** All verified, 20 years off; nobody verified, 10 years off. */
const COPY = pictures([0, 20], [0, 20], [0, 20], [0, 20]);
const STRANGERS = pictures([1, 10], [1, 10], [1, 10], [1, 10]);

test('a model is placed by its share of the way between the baselines', () => {
  // half are verified: 0.5; 18 years off: (18 − 20) / (10 − 20) = 0.2; 2 · 0.5 · 0.2 / 0.7
  const model = pictures([0.4, 18], [0.4, 18], [0.6, 18], [0.6, 18]);
  const { identity, age, overall } = positionOf(
    JUDGES,
    model,
    { copy: COPY, randomReal: STRANGERS },
    drawings([ONCE]),
  );
  expect(identity).toEqual({ value: 0.5, low: 0.5, high: 0.5, n: 4 });
  expect(age!.value).toBeCloseTo(0.2, 12);
  expect(overall!.value).toBeCloseTo(0.2 / 0.7, 12);
});

test('where the better baseline is not better there is no place: a model that is worse than the copy is not best', () => {
  // strangers are verified, too, by a judge that cannot tell; the copy is 10 years off, photographs are 20
  const model = pictures([0.6, 25], [0.6, 25], [0.6, 25], [0.6, 25]);
  const placeOf = (copy: Item[], randomReal: Item[]) =>
    positionOf(JUDGES, model, { copy, randomReal }, drawings([ONCE]));
  // worse than both in both: (0 − 1) / (0.75 − 1) = 4 and (25 − 10) / (20 − 10) = 1.5 of the way, were the order not looked at
  const swapped = placeOf(
    pictures([0.6, 10], [0, 10], [0, 10], [0, 10]),
    pictures([0, 20], [0, 20], [0, 20], [0, 20]),
  );
  expect(swapped).toEqual({ identity: null, age: null, overall: null });
  // one of the two in the wrong order: the other stands, and both together do not
  const aged = placeOf(
    pictures([0, 10], [0, 10], [0, 10], [0, 10]),
    pictures(...COPY.map(() => [1, 20] as const)),
  );
  expect([aged.identity!.value, aged.age, aged.overall]).toEqual([0, null, null]);
  // ends that coincide
  expect(placeOf(COPY, COPY)).toEqual({ identity: null, age: null, overall: null });
});

test('drawings in which the baselines are in the wrong order, or coincide, are left out of the interval', () => {
  // errors of the copy 10, 30 and of photographs 20, 20: apart by 0, on A alone −10, on B alone +10
  const copy = pictures([0, 10], [0, 30], [0, 25], [0, 25]);
  const randomReal = pictures([1, 20], [1, 20], [1, 20], [1, 20]);
  const model = pictures([0, 15], [0, 25], [0, 22.5], [0, 22.5]);
  const { age } = positionOf(
    JUDGES,
    model,
    { copy, randomReal },
    drawings([
      [4, 0, 0, 0],
      [2, 2, 0, 0],
      [0, 4, 0, 0],
      [0, 0, 4, 0],
    ]),
  );
  // all once: (21.25 − 22.5) / (20 − 22.5) = 0.5; B alone: (25 − 30) / (20 − 30); C alone: (22.5 − 25) / (20 − 25)
  expect(age).toEqual({ value: 0.5, low: 0.5, high: 0.5, n: 4 });
});

test("the threshold's uncertainty reaches the place in identity: the same threshold for the model and for both baselines", () => {
  const model = pictures([0.4, 15], [0.4, 15], [0.6, 15], [0.6, 15]);
  const strangers = pictures([0.65, 10], [1, 10], [1, 10], [1, 10]);
  const { identity } = positionOf(
    JUDGES,
    model,
    { copy: COPY, randomReal: strangers },
    drawings([ONCE, ONCE, ONCE], [0.3, 0.5, 0.7]),
  );
  // at 0.3 nobody: 0; at 0.5 half of the model, no stranger: 0.5; at 0.7 all, and one stranger: (1 − 0.25) / (1 − 0.25) = 1
  expect(identity).toEqual({
    value: 0.5,
    low: expect.closeTo(0.025, 9),
    high: expect.closeTo(0.975, 9),
    n: 4,
  });
});

test('somebody unknown is an error that names the person', () => {
  const model = COPY.map((item) => ({ ...item, person: 'nobody' }));
  expect(() =>
    positionOf(JUDGES, model, { copy: COPY, randomReal: STRANGERS }, drawings([ONCE])),
  ).toThrow('people: expected one of 4 known ones, got "nobody"');
});
