import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { Benchmark } from '../../src/eval/benchmark';
import type { GeneratorScores } from '../../src/eval/evaluate-generator';
import { comparisonPage } from '../../src/eval/report/comparison-page';
import type { Difference, NamedRecord } from '../../src/eval/report/comparison';
import { evaluationPage } from '../../src/eval/report/page';
import { toCsv } from '../../src/eval/report/record';
import type { EvaluationRecord, JudgeRecord, StoredRecord } from '../../src/eval/report/record';
import { stepsPage } from '../../src/eval/report/steps-page';
import type { Row } from '../../src/eval/rows';
import type { Item } from '../../src/eval/score';
import { countEscaped, HOSTILE } from '../support/hostile';
import { temporaryFolders } from '../support/temporary';

const folders = temporaryFolders();
const one = { value: 0.5, low: 0.25, high: 0.75, n: 9 };

const row = (group: number | null): Row => ({
  row: 'model',
  group,
  pictures: 1,
  people: 1,
  verified: [one],
  distance: [one],
  toReal: [one],
  age: [one],
  ageError: [one],
  inGroup: [one],
  sharpness: one,
  found: one,
  frechet: one,
});

const judge: JudgeRecord = {
  name: HOSTILE,
  version: HOSTILE,
  note: HOSTILE,
  part_in_training: HOSTILE,
  threshold: { distance: 0.5, origin: HOSTILE } as unknown as JudgeRecord['threshold'],
  calibration: {
    people: 2,
    photographs: 4,
    samePairs: 2,
    differentPairs: 4,
    auc: one,
    points: [{ far: 0.01, threshold: one, verified: one }],
    roc: [
      [0.01, 0.5],
      [1, 1],
    ],
  } as unknown as JudgeRecord['calibration'],
  real_ages: [
    { photographs: 3, mean: one, error: one, bias: one, inGroup: one },
  ] as unknown as JudgeRecord['real_ages'],
};

/** Everything that comes from outside is hostile. */
const record: EvaluationRecord & { readonly step: number } = {
  version: 1,
  part: 'test',
  command: ['evaluate', HOSTILE],
  checkpoint: HOSTILE,
  step: 7,
  data: { directory: HOSTILE, content_hash: 'h' },
  reference: { directory: HOSTILE, content_hash: 'h' },
  settings: { [HOSTILE]: [HOSTILE] },
  environment: { commit: HOSTILE },
  groups: [HOSTILE],
  test: { faces: 1, people: 1, without_face: ['a.jpg'], real_photographs: 3 },
  judges: [judge],
  descriptor_space: HOSTILE,
  frechet_drawings: null,
  figures: { [`verified/${HOSTILE}`]: one, overall: one },
  position: { identity: one, age: one, overall: one },
  rows: [row(null), row(0)],
  by_label: [{ ...row(null), label: 'race', value: HOSTILE, span: [one] }],
  items: [],
};

const item = {
  source: 'a.jpg',
  person: 'A',
  group: 0,
  isFound: true,
  sharpness: 1,
  distance: [0.3],
  isVerified: [true],
  toReal: [0.2],
  age: [33],
  ageError: [2],
  isInGroup: [true],
} satisfies Item;

/** As much of a benchmark as the page looks at: one face of one person. */
function benchmarkOf(file: string): Benchmark {
  return {
    imageSize: 4,
    faces: [{ file, entry: { age: 41, path: HOSTILE } }],
    real: [],
    panel: { judges: [{ age: 'years' }] },
    references: { thresholds: [0.5], judgesAge: [true] },
    calibrations: [{ same: [0.2], different: [0.8] }],
  } as unknown as Benchmark;
}

test('an evaluation’s page escapes names, settings and paths, and shows the figures', async () => {
  const file = path.join(folders(), 'face.png');
  const pixels = { width: 4, height: 4, channels: 3, background: '#888' } as const;
  writeFileSync(file, await sharp({ create: pixels }).png().toBuffer());
  const picture = { data: new Uint8Array(48).fill(9), width: 4, height: 4 };
  const outcome = { items: [item], pictures: [picture], rows: record.rows };
  const page = await evaluationPage(
    record,
    benchmarkOf(file),
    outcome as unknown as GeneratorScores,
  );
  // title, heading, verdict, tables, captions, settings, command
  expect(countEscaped(page)).toBeGreaterThan(25);
  expect(page).toContain(`<title>Evaluation of &#60;b id=&#34;evil&#34;&#62;&#38;amp&#39;</title>`);
  expect(page).toContain('<td>50.0 <small>[25.0, 75.0]</small></td>');
  expect(page).toContain('1 more test faces in which the detector finds no face are left out');
  const valid = { ...record, part: 'valid' } as const;
  expect(
    await evaluationPage(valid, benchmarkOf(file), outcome as unknown as GeneratorScores),
  ).toMatch(/1 validation faces of [^]* choose by: report figures of test faces\./);
  // the face and what became of it, in best, median and worst
  expect(page.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(6);
  expect(page.match(/0\.30, 33 y/g)).toHaveLength(3);
  // identity against age, distances, ROC, ages
  expect(page.match(/<svg/g)).toHaveLength(4);
  expect(page.match(/(src|href)="(?!data:)/g)).toBeNull();
});

test('the page of a run escapes its name, and leads to the reports of its steps', () => {
  const first = { ...record, step: 2 };
  const compared = { records: [first, record], best: first, test: null };
  const page = stepsPage(compared, HOSTILE);
  // title, heading, judge and its part in training, a column, its chart, the command
  expect(countEscaped(page)).toBe(7);
  expect(page.match(/<a href="[^"]*">/g)).toEqual([
    '<a href="2/report.html">',
    '<a href="7/report.html">',
  ]);
  // of equal steps the earliest
  expect(page).toMatch(/<tr class="model"><td><a href="2\/report.html">2<\/a>/);
  expect(page).toContain('Best: step 2, the step with');
  expect(page).toContain('Below are figures of test faces, by which the step was chosen.');
  // where validation faces chose it, the report of test faces stands beside
  const records = compared.records.map((one) => ({ ...one, part: 'valid' }) as const);
  const reported = stepsPage({ records, best: first, test: record }, HOSTILE);
  expect(reported).toContain('On test faces, which chose nothing:');
  expect(reported).toContain('<a href="test/report.html">Its report</a>');
  expect(reported).toContain('Below are figures of validation faces');
});

test('a comparison’s page escapes names of reports, checkpoints and judges', () => {
  const stored = { ...record, items: [] } as unknown as StoredRecord;
  const named: NamedRecord = { name: HOSTILE, record: stored };
  const difference: Difference = {
    report: HOSTILE,
    measure: 'verified',
    judge: HOSTILE,
    first: 0.4,
    this: 0.9,
    difference: one,
  };
  const page = comparisonPage([named, named], [difference], [HOSTILE], ['evaluate', HOSTILE]);
  // heading, two names and checkpoints, judge and report, what is missing, two columns, a figure, the command
  expect(countEscaped(page)).toBe(12);
  expect(page).toContain('<td>40.0</td><td>90.0</td><td>50.0 points <small>[25.0, 75.0]</small>');
});

test('the figures as CSV: a cell that holds a comma or a quote is quoted', () => {
  const groups = ['a,b'];
  const judges = [{ ...judge, name: 'say "no"' }];
  const text = toCsv({ ...record, groups, judges, rows: [row(0)] });
  expect(text.split('\n').slice(0, 2)).toEqual([
    'row,group,measure,judge,value,low,high,n',
    'model,"a,b",verified,"say ""no""",0.5,0.25,0.75,9',
  ]);
  expect(text.endsWith('model,"a,b",descriptor_frechet,,0.5,0.25,0.75,9\n')).toBe(true);
});
