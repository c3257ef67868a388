import { compareRecords, leftOut } from '../../src/eval/report/comparison';
import { comparisonLines, comparisonPage } from '../../src/eval/report/comparison-page';
import type { JudgeRecord, StoredRecord } from '../../src/eval/report/record';
import { bestStep, stepsPage } from '../../src/eval/report/steps-page';
import type { StepRecord } from '../../src/eval/report/steps-page';
import { verdict } from '../../src/eval/report/verdict';

const PEOPLE = 30;

/** A report in which the first `verified` people are verified at both groups, and every age is `error` years off. */
function report(verified: number, error: number, hash = 'h'): StoredRecord {
  const items = Array.from({ length: 2 * PEOPLE }, (_, i) => ({
    source: `${Math.floor(i / 2)}.jpg`,
    person: `p${Math.floor(i / 2)}`,
    group: i % 2,
    isFound: true,
    sharpness: 1,
    isVerified: [Math.floor(i / 2) < verified],
    ageError: [error],
    isInGroup: [null],
  }));
  return {
    version: 1,
    checkpoint: 'c',
    step: 1,
    groups: ['a', 'b'],
    data: { directory: 'd', content_hash: hash },
    judges: [
      {
        name: 'j',
        version: '1',
        threshold: { distance: 0.4 },
        real_ages: [{ mean: { value: 20 } }, { mean: null }],
      },
    ],
    frechet_drawings: null,
    figures: { 'verified/j': { value: verified / PEOPLE, low: 0, high: 1, n: 60 } },
    items,
  };
}

test('differences are those of the same pictures, with the interval of drawing people', () => {
  const records = [
    { name: 'A', record: report(12, 5) },
    { name: 'B', record: report(21, 4) },
  ];
  const [verified, age, found] = compareRecords(records, 1);
  expect(verified).toMatchObject({
    report: 'B',
    measure: 'verified',
    judge: 'j',
    first: 0.4,
    this: 0.7,
    difference: { value: expect.closeTo(0.3, 9), n: 60 },
  });
  // 9 of 30 people differ: 0.3 ± 1.96 · √(0.3 · 0.7 / 30)
  expect(verified!.difference.low).toBeCloseTo(0.3 - 0.164, 1);
  expect(verified!.difference.high).toBeCloseTo(0.3 + 0.164, 1);
  expect(age).toMatchObject({ measure: 'age error', difference: { value: -1, low: -1, high: -1 } });
  expect(found).toMatchObject({ measure: 'face found', difference: { value: 0 } });
  expect(comparisonLines([age!])).toEqual(['B\tage error (j)\t-1.00 [-1.00, -1.00]']);
  const page = comparisonPage(records, [verified!, found!], [], ['evaluate']);
  expect(page.match(/<td>yes<\/td>/g)).toHaveLength(1);
  expect(page).toContain(
    '<td>40.0 <small>[0.0, 100.0]</small></td><td>70.0 <small>[0.0, 100.0]</small></td>',
  );
});

test('what was scored by another threshold, or other mean ages, is not compared, and said', () => {
  const first = report(12, 5);
  const other = report(21, 4);
  const [judge] = other.judges;
  const records = (change: object) => [
    { name: 'A', record: first },
    { name: 'B', record: { ...other, judges: [{ ...judge!, ...change }] } },
  ];
  const measures = (change: object): string[] =>
    compareRecords(records(change), 1).map(({ measure }) => measure);
  expect([measures({}), leftOut(records({}))]).toEqual([
    ['verified', 'age error', 'face found', 'sharpness'],
    [],
  ]);
  expect(measures({ threshold: { distance: 0.5 } })).toEqual([
    'age error',
    'face found',
    'sharpness',
  ]);
  expect(leftOut(records({ threshold: { distance: 0.5 } }))).toEqual([
    'B: verified (j) is not compared: threshold 0.4 there, 0.5 here',
  ]);
  expect(leftOut(records({ real_ages: [{ mean: { value: 23 } }, { mean: null }] }))).toEqual([
    'B: age error (j) is not compared: mean ages of real photographs 20.00, – there, 23.00, – here',
  ]);
});

/** A report whose Fréchet distance is `value`, and in the drawings 0.1 more than `values`. */
function placed(value: number, values: readonly number[], basis = 'b'): StoredRecord {
  const figures = { descriptor_frechet: { value, low: value - 0.05, high: value + 0.05, n: 60 } };
  return {
    ...report(1, 1),
    figures,
    frechet_drawings: { judge: 'j', basis, values: values.map((one) => one + 0.1) },
  };
}

test('the Fréchet distance is compared drawing by drawing, and not at all where drawings are not the same', () => {
  // both distances spread from 0.2 to 0.4 with the people, but their difference only from 0.09 to 0.11
  const people = Array.from({ length: 101 }, (_, i) => 0.2 + 0.002 * i);
  const alone = people.map((_, i) => 0.01 * Math.cos(Math.PI * (i % 2)));
  const first = { name: 'A', record: placed(0.3, people) };
  const values = people.map((one, i) => one + 0.1 + alone[i]!);
  const differences = compareRecords([first, { name: 'B', record: placed(0.4, values) }], 1);
  const frechet = differences.at(-1)!;
  expect(frechet).toMatchObject({
    report: 'B',
    measure: 'Fréchet distance',
    judge: 'j',
    first: 0.3,
    this: 0.4,
  });
  const { value, low, high, n } = frechet.difference;
  expect(n).toBe(60);
  expect([value, low, high].map((one) => one.toFixed(3))).toEqual(['0.100', '0.090', '0.110']);
  expect(comparisonLines([frechet])).toEqual(['B\tFréchet distance (j)\t+0.1000 [0.0899, 0.1099]']);
  const page = comparisonPage([first, first], [frechet], [], ['evaluate']);
  expect(page).toContain(
    '<td>Fréchet distance</td><td>j</td><td>0.3000</td><td>0.4000</td><td>0.1000 <small>[0.0899, 0.1099]</small></td>',
  );
  // a distance is at least 0, a difference is not
  const nearer = compareRecords([{ name: 'B', record: placed(0.4, values) }, first], 1).at(-1)!;
  expect(nearer.difference.value).toBeCloseTo(-0.1, 9);
  expect(nearer.difference.high).toBeCloseTo(-0.09, 3);
  const measures = compareRecords(
    [first, { name: 'B', record: placed(0.4, values, 'other') }],
    1,
  ).map(({ measure }) => measure);
  expect(measures).toContain('sharpness');
  expect(measures).not.toContain('Fréchet distance');
});

test('one report, or reports on other faces, cannot be compared', () => {
  const record = report(1, 1);
  expect(() => compareRecords([{ name: 'A', record }], 1)).toThrow(
    '--compare: expected two or more reports, got 1.',
  );
  expect(() =>
    compareRecords(
      [
        { name: 'A', record },
        { name: 'B', record: report(1, 1, 'other') },
      ],
      1,
    ),
  ).toThrow('expected reports on the same test faces');
});

const stepRecord = (step: number, overall: number | null): StepRecord =>
  ({
    step,
    position: {
      identity: null,
      age: null,
      overall: overall === null ? null : { value: overall, low: 0, high: 1, n: 9 },
    },
  }) as unknown as StepRecord;

test('the best step has most of both; of equal ones it is the earliest; nothing is not best', () => {
  expect(
    bestStep([stepRecord(1, 0.2), stepRecord(2, 0.5), stepRecord(3, 0.5), stepRecord(4, null)])!
      .step,
  ).toBe(2);
  expect(bestStep([stepRecord(1, 0), stepRecord(2, null)])).toBeNull();
});

test('the page of all steps says whether its figures chose, and shows what the best does on faces that did not choose it', () => {
  const record = (step: number, part: 'valid' | 'test', identity: number) => ({
    ...stepRecord(step, 0.5),
    ...{ part, figures: {}, rows: [], judges: [], command: [] },
    position: {
      identity: { value: identity, low: 0.2, high: 0.8, n: 9 },
      age: null,
      overall: { value: 0.5, low: 0, high: 1, n: 9 },
    },
    test: { faces: 99, people: 99, without_face: [], real_photographs: 1 },
  });
  const chosen = record(2, 'valid', 0.6);
  const told = stepsPage({ records: [chosen], best: chosen, test: record(2, 'test', 0.4) }, 'run');
  expect(told).toContain('On test faces, which chose nothing:<br />Identity: 40 %');
  expect(told).not.toContain('Identity: 60 %');
  expect(told).toContain('<a href="test/report.html">');
  const same = record(2, 'test', 0.4);
  expect(stepsPage({ records: [same], best: same, test: null }, 'run')).toContain(
    'which chose it and make it look better than it is (the data set has no validation part):<br />Identity: 40 %',
  );
});

test('the verdict says where the model stands', () => {
  const at = (value: number, low: number, high: number) => ({ value, low, high, n: 9 });
  const judge = {
    name: 'face-api',
    threshold: { distance: 0.5 },
    part_in_training: null,
  } as unknown as JudgeRecord;
  const said = (
    identity: ReturnType<typeof at>,
    age: ReturnType<typeof at> | null,
    judges = [judge],
  ) =>
    verdict({
      position: { identity, age, overall: null },
      test: { faces: 99, people: 99, without_face: [], real_photographs: 1 },
      judges,
    });
  expect(said(at(0.6, 0.5, 0.7), at(-0.1, -0.2, -0.05))).toEqual([
    "Identity: 60 % [50, 70] of the way from a stranger's photograph to the copied input; between a stranger and the copy.",
    'Age: -10 % [-20, -5] of the way from the copied input to real photographs of the age; below the copied input.',
  ]);
  expect(said(at(0, 0, 0), null)[0]).toContain('; not above a stranger.');
  expect(said(at(0.1, -0.1, 0.3), null)).toEqual([
    expect.stringContaining('not surely above a stranger'),
    expect.stringContaining('Give --reference'),
  ]);
  expect(said(at(0.6, 0.5, 0.7), null, [{ ...judge, part_in_training: 'it taught' }])[0]).toContain(
    'the copy (face-api had a part in training: it taught).',
  );
});
