/** @file The tables of an evaluation's page. */

import { html, table, tableRow } from '../../pages/html';
import type { Html, HtmlValue } from '../../pages/html';
import type { LabelRow } from '../by-label';
import type { Row } from '../rows';
import type { Score } from '../score';
import type { EvaluationRecord, JudgeRecord } from './record';
import { shown } from './style';

/** Its name, or `all`. */
export const groupName = (record: EvaluationRecord, group: number | null): string =>
  group === null ? 'all' : (record.groups[group] ?? '');

/** A measure of the table: a column a judge, or one. */
interface Measure {
  readonly title: string;
  /** Names of judges below it. */
  readonly judges: readonly string[];
  readonly of: (row: Figures) => readonly HtmlValue[];
}

/** A score with what some rows have besides: the model's and the baselines' a Fréchet distance, those by label a span. */
type Figures = Score & Partial<Pick<Row, 'frechet'> & Pick<LabelRow, 'span'>>;

function measuresOf(record: EvaluationRecord, rows: readonly Figures[]): Measure[] {
  const indices = record.judges.map((_, j) => j);
  const people = indices.filter((j) => record.judges[j]?.threshold);
  const years = indices.filter((j) => record.judges[j]?.real_ages);
  const counting = years.filter((j) => rows.some(({ ageError }) => ageError[j]));
  const spanning = years.filter((j) => rows.some(({ span }) => span?.[j]));
  const known = people.filter((j) => rows.some(({ toReal }) => toReal[j]));
  const measure = (
    title: string,
    judges: readonly number[],
    of: (row: Figures, judge: number) => HtmlValue,
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
  const single = (title: string, below: string, of: (row: Figures) => HtmlValue): Measure => ({
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
    ...measure('years from youngest to oldest', spanning, ({ span }, j) => shown(span?.[j], 1)),
    ...measure('in group, %', years, ({ inGroup }, j) => shown(inGroup[j], 0, 100)),
    ...(record.descriptor_space === null || rows.every(({ frechet }) => frechet === undefined)
      ? []
      : [
          single('descriptor Fréchet', record.descriptor_space, ({ frechet }) => shown(frechet, 3)),
        ]),
    single('sharpness', '', ({ sharpness }) => shown(sharpness, 2)),
    single('face found, %', '', ({ found }) => shown(found, 0, 100)),
    single(
      'pictures',
      '(people)',
      ({ pictures, people: some }) => html`${pictures} <small>(${some})</small>`,
    ),
  ];
}

/** Titles over the names of the judges below them. */
function scoreHead(measures: readonly Measure[], places: readonly [string, string]): Html {
  const titles = measures.map(
    ({ title, judges }) => html`<th colspan="${judges.length}">${title}</th>`,
  );
  const judges = measures.flatMap((measure) => measure.judges);
  return html`<tr>
      ${places.map((place) => html`<th rowspan="2">${place}</th>`)} ${titles}
    </tr>
    ${tableRow(judges, { tag: 'th', className: 'judges' })}`;
}

/** Figures, a line a row, after what two columns say of it. */
function figureTable<T extends Figures>(
  record: EvaluationRecord,
  rows: readonly T[],
  places: readonly [string, string],
  line: (row: T) => { readonly place: readonly HtmlValue[]; readonly className?: string },
): Html {
  const measures = measuresOf(record, rows);
  const scores = table({
    className: 'scores named',
    head: scoreHead(measures, places),
    rows: rows.map((row) => {
      const { place, className } = line(row);
      return tableRow([...place, ...measures.flatMap(({ of }) => of(row))], { className });
    }),
  });
  return html`<div class="wide">${scores}</div>`;
}

/** The figures of some rows. */
export const scoreTable = (record: EvaluationRecord, rows: readonly Row[]): Html =>
  figureTable(record, rows, ['row', 'target'], ({ row, group }) => ({
    place: [row, groupName(record, group)],
    ...(row === 'model' ? { className: 'model' } : {}),
  }));

/** The model's figures by the labels of the inputs; nothing where there are none. */
export const labelTable = (record: EvaluationRecord): Html | null =>
  record.by_label.length === 0
    ? null
    : html`<h2>By the labels of the inputs</h2>
        <p>
          The model's pictures at all targets, by what the data says of the face that went in.
          Labels of gender and race are the data's, often guessed by a program or a stranger.
        </p>
        ${figureTable(record, record.by_label, ['label', 'of the input'], ({ label, value }) => ({
          place: [label, value],
        }))}`;

/** How wrong a judge of ages is about real photographs; nothing for others. */
export function realAgeTable(
  record: EvaluationRecord,
  { name, real_ages }: JudgeRecord,
): Html | null {
  if (!real_ages) return null;
  const countsYears = real_ages.some(({ mean }) => mean);
  const rows = real_ages.map(({ photographs, mean, error, bias, inGroup }, group) => {
    const years = countsYears ? [shown(mean, 1), shown(error, 1), shown(bias, 1)] : [];
    return tableRow([groupName(record, group), photographs, ...years, shown(inGroup, 0, 100)]);
  });
  const years = countsYears ? ['mean estimate, years', 'own error, years', 'bias, years'] : [];
  const head = ['group', 'photographs', ...years, 'in group, %'];
  return html`<h3>${name} on real photographs</h3>
    ${table({ head, rows })}`;
}

/** What pairs of real photographs tell of a judge of people; nothing for others. */
export function calibrationTable({ name, calibration }: JudgeRecord): Html | null {
  if (!calibration) return null;
  const { points, people, photographs, samePairs, differentPairs, auc } = calibration;
  const rows = points.map(({ far, threshold, verified }) =>
    tableRow([
      `${100 * far} %`,
      threshold ? shown(threshold, 3) : 'not resolvable',
      shown(verified, 1, 100),
    ]),
  );
  const area = auc
    ? html`area under the ROC curve ${shown(auc, 3)}`
    : 'nobody is named twice, so that it is not known how many pairs of one person pass';
  return html`<h3>${name}</h3>
    <p>
      ${photographs} photographs of ${people} people: ${samePairs} pairs of one person,
      ${differentPairs} of different people; ${area}
    </p>
    ${table({ head: ['different people accepted', 'threshold', 'same person accepted, %'], rows })}`;
}

/** Who judged, and what is known of them. */
export function judgeTable(record: EvaluationRecord): Html {
  const rows = record.judges.map(({ name, version, note, part_in_training, threshold }) =>
    tableRow([
      name,
      version,
      threshold ? `${threshold.distance.toFixed(3)}: ${threshold.origin}` : '–',
      part_in_training ?? 'none known',
      note,
    ]),
  );
  const head = ['judge', 'version', 'threshold', 'part in training', 'what to know'];
  return table({ className: 'left', head, rows });
}
