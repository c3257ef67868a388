/** @file The tables of an evaluation's page. */

import { escapeHtml } from '../../pages/charts';
import type { Row } from '../rows';
import type { EvaluationRecord, JudgeRecord } from './record';
import { shown } from './style';

/** A row of a table; values are HTML. */
export const cells = (values: readonly string[], tag = 'td', attributes = ''): string =>
  `<tr${attributes}>${values.map((value) => `<${tag}>${value}</${tag}>`).join('')}</tr>`;

/** Its name, or `all`. */
export const groupName = (record: EvaluationRecord, group: number | null): string =>
  group === null ? 'all' : (record.groups[group] ?? '');

/** A measure of the table: a column a judge, or one. */
interface Measure {
  readonly title: string;
  /** Names of judges below it. */
  readonly judges: readonly string[];
  readonly of: (row: Row) => readonly string[];
}

function measuresOf(record: EvaluationRecord): Measure[] {
  const indices = record.judges.map((_, j) => j);
  const people = indices.filter((j) => record.judges[j]?.threshold);
  const years = indices.filter((j) => record.judges[j]?.real_ages);
  const counting = years.filter((j) => record.rows.some(({ ageError }) => ageError[j]));
  const known = people.filter((j) => record.rows.some(({ toReal }) => toReal[j]));
  const measure = (
    title: string,
    judges: readonly number[],
    of: (row: Row, judge: number) => string,
  ): Measure[] =>
    judges.length === 0
      ? []
      : [
          {
            title,
            judges: judges.map((j) => record.judges[j]?.name ?? ''),
            of: (row) => judges.map((j) => of(row, j)),
          },
        ];
  const single = (title: string, below: string, of: (row: Row) => string): Measure => ({
    title,
    judges: [below],
    of: (row) => [of(row)],
  });
  return [
    ...measure('verified, %', people, ({ verified }, j) => shown(verified[j], 1, 100)),
    ...measure('median distance to the input', people, ({ distance }, j) => shown(distance[j], 2)),
    ...measure(
      "median distance to the person's own photographs at the target",
      known,
      ({ toReal }, j) => shown(toReal[j], 2),
    ),
    ...measure('age error, years', counting, ({ ageError }, j) => shown(ageError[j], 1)),
    ...measure('in group, %', years, ({ inGroup }, j) => shown(inGroup[j], 0, 100)),
    ...(record.descriptor_space === null
      ? []
      : [
          single('descriptor Fréchet', record.descriptor_space, ({ frechet }) => shown(frechet, 3)),
        ]),
    single('sharpness', '', ({ sharpness }) => shown(sharpness, 2)),
    single('face found, %', '', ({ found }) => shown(found, 0, 100)),
    single(
      'pictures',
      '(people)',
      ({ pictures, people: some }) => `${pictures} <small>(${some})</small>`,
    ),
  ];
}

/** The figures of some rows. */
export function scoreTable(record: EvaluationRecord, rows: readonly Row[]): string {
  const measures = measuresOf(record);
  const titles = measures
    .map(({ title, judges }) => `<th colspan="${judges.length}">${escapeHtml(title)}</th>`)
    .join('');
  const judges = measures
    .flatMap((measure) => measure.judges.map((name) => `<th>${escapeHtml(name)}</th>`))
    .join('');
  const head = `<tr><th rowspan="2">row</th><th rowspan="2">target</th>${titles}</tr><tr class="judges">${judges}</tr>`;
  const line = (row: Row): string =>
    cells(
      [row.row, escapeHtml(groupName(record, row.group)), ...measures.flatMap(({ of }) => of(row))],
      'td',
      row.row === 'model' ? ' class="model"' : '',
    );
  return `<div class="wide"><table class="scores named"><thead>${head}</thead>${rows.map(line).join('')}</table></div>`;
}

/** How wrong a judge of ages is about real photographs; empty for others. */
export function realAgeTable(record: EvaluationRecord, { name, real_ages }: JudgeRecord): string {
  if (!real_ages) return '';
  const countsYears = real_ages.some(({ mean }) => mean);
  const rows = real_ages.map(({ photographs, mean, error, bias, inGroup }, group) => {
    const years = countsYears ? [shown(mean, 1), shown(error, 1), shown(bias, 1)] : [];
    return cells([
      escapeHtml(groupName(record, group)),
      String(photographs),
      ...years,
      shown(inGroup, 0, 100),
    ]);
  });
  const years = countsYears ? ['mean estimate, years', 'own error, years', 'bias, years'] : [];
  const head = cells(['group', 'photographs', ...years, 'in group, %'], 'th');
  return `<h3>${escapeHtml(name)} on real photographs</h3><table>${head}${rows.join('')}</table>`;
}

/** What pairs of real photographs tell of a judge of people; empty for others. */
export function calibrationTable({ name, calibration }: JudgeRecord): string {
  if (!calibration) return '';
  const { points, people, photographs, samePairs, differentPairs, auc } = calibration;
  const rows = points.map(({ far, threshold, verified }) =>
    cells([
      `${100 * far} %`,
      threshold ? shown(threshold, 3) : 'not resolvable',
      shown(verified, 1, 100),
    ]),
  );
  const head = cells(['different people accepted', 'threshold', 'same person accepted, %'], 'th');
  return `<h3>${escapeHtml(name)}</h3><p>${photographs} photographs of ${people} people: ${samePairs} pairs of one person, ${differentPairs} of different people; ${auc ? `area under the ROC curve ${shown(auc, 3)}` : 'nobody is named twice, so that it is not known how many pairs of one person pass'}</p><table>${head}${rows.join('')}</table>`;
}

/** Who judged, and what is known of them. */
export function judgeTable(record: EvaluationRecord): string {
  const rows = record.judges.map(({ name, version, note, part_in_training, threshold }) =>
    cells(
      [
        name,
        version,
        threshold ? `${threshold.distance.toFixed(3)}: ${threshold.origin}` : '–',
        part_in_training ?? 'none known',
        note,
      ].map(escapeHtml),
    ),
  );
  return `<table class="left">${cells(['judge', 'version', 'threshold', 'part in training', 'what to know'], 'th')}${rows.join('')}</table>`;
}
