/** @file `report.html`: an evaluation as one page that holds everything it shows, to be read by a reviewer. */

import { encodeJpeg, shrinkImage } from '../../data/image';
import type { RgbImage } from '../../data/image';
import { escapeHtml } from '../../data/prepare/charts';
import type { Outcome, Row } from '../evaluate';
import type { Item } from '../score';
import { loadFace } from '../test-set';
import type { Trial } from '../trial';
import { ageChart, distanceChart, rocChart, tradeOffChart } from './charts';
import type { EvaluationRecord, JudgeRecord } from './record';
import { shown, STYLE } from './style';
import { verdict } from './verdict';

/** Its name in a report's directory. */
export const PAGE_FILE = 'report.html';
/** Rows of faces in each of best, median and worst. */
const SHOWN = 20;
const FACE_SIDE = 80;
/** Of the groups in the chart of identity against age, in words. */
const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'pin', 'arrow', 'rounded square'] as const;
/** Years that count as much as a threshold's distance when rows are ordered. */
const YEARS_A_THRESHOLD = 10;

const cells = (values: readonly string[], tag = 'td', attributes = ''): string =>
  `<tr${attributes}>${values.map((value) => `<${tag}>${value}</${tag}>`).join('')}</tr>`;

const groupName = (record: EvaluationRecord, group: number | null): string => (group === null ? 'all' : (record.groups[group] ?? ''));

function scoreTable(record: EvaluationRecord, rows: readonly Row[]): string {
  const people = record.judges.flatMap(({ threshold }, j) => (threshold ? [j] : []));
  const years = record.judges.flatMap(({ real_ages }, j) => (real_ages ? [j] : []));
  const name = (j: number): string => escapeHtml(record.judges[j]?.name ?? '');
  const head = [
    'row',
    'target',
    ...people.map((j) => `verified, %<br><small>${name(j)}</small>`),
    ...people.map((j) => `median distance<br><small>${name(j)}</small>`),
    ...years.map((j) => `age error, years<br><small>${name(j)}</small>`),
    ...years.map((j) => `in group, %<br><small>${name(j)}</small>`),
    'descriptor Fréchet',
    'sharpness',
    'face found, %',
    'n <small>(people)</small>',
  ];
  const line = (row: Row): string =>
    cells(
      [
        row.row,
        escapeHtml(groupName(record, row.group)),
        ...people.map((j) => shown(row.verified[j], 1, 100)),
        ...people.map((j) => shown(row.distance[j], 2)),
        ...years.map((j) => shown(row.ageError[j], 1)),
        ...years.map((j) => shown(row.inGroup[j], 0, 100)),
        row.frechet === null ? '–' : row.frechet.toFixed(3),
        shown(row.sharpness, 2),
        shown(row.found, 0, 100),
        `${row.pictures} <small>(${row.people})</small>`,
      ],
      'td',
      row.row === 'model' ? ' class="model"' : '',
    );
  return `<div class="wide"><table>${cells(head, 'th')}${rows.map(line).join('')}</table></div>`;
}

function realAgeTable(record: EvaluationRecord, { name, real_ages }: JudgeRecord): string {
  if (!real_ages) return '';
  const rows = real_ages.map(({ photographs, mean, error, bias, inGroup }, group) =>
    cells([
      escapeHtml(groupName(record, group)),
      String(photographs),
      shown(mean, 1),
      shown(error, 1),
      shown(bias, 1),
      shown(inGroup, 0, 100),
    ]),
  );
  const head = cells(['group', 'photographs', 'mean estimate, years', 'own error, years', 'bias, years', 'in group, %'], 'th');
  return `<h3>${escapeHtml(name)} on real photographs</h3><table>${head}${rows.join('')}</table>`;
}

function calibrationTable({ name, calibration }: JudgeRecord): string {
  if (!calibration) return '';
  const { points, people, photographs, samePairs, differentPairs, auc } = calibration;
  const rows = points.map(({ far, threshold, verified }) =>
    cells([`${100 * far} %`, threshold ? shown(threshold, 3) : 'not resolvable', shown(verified, 1, 100)]),
  );
  const head = cells(['different people accepted', 'threshold', 'same person accepted, %'], 'th');
  return `<h3>${escapeHtml(name)}</h3><p>${photographs} photographs of ${people} people: ${samePairs} pairs of one person, ${differentPairs} of different people; area under the curve ${shown(auc, 3)}</p><table>${head}${rows.join('')}</table>`;
}

function judgeTable(record: EvaluationRecord): string {
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

/** How bad a source's pictures are: distances in thresholds and age errors in tens of years, summed; a picture without a face is worst. */
function badness(items: readonly Item[], trial: Trial): number {
  const judge = trial.yardstick.thresholds.findIndex((threshold) => threshold !== null);
  const age = trial.yardstick.judgesAge.findIndex(Boolean);
  return items.reduce(
    (sum, item) =>
      sum + (item.distance[judge] ?? 0) / (trial.yardstick.thresholds[judge] ?? 1) + (item.ageError[age] ?? 0) / YEARS_A_THRESHOLD,
    0,
  );
}

async function picture(image: RgbImage): Promise<string> {
  const jpeg = await encodeJpeg(await shrinkImage(image, { width: FACE_SIDE, height: FACE_SIDE }));
  return `<img src="data:image/jpeg;base64,${jpeg.toString('base64')}" width="${FACE_SIDE}" height="${FACE_SIDE}" alt="">`;
}

async function faceTable(record: EvaluationRecord, trial: Trial, outcome: Outcome, sources: readonly number[]): Promise<string> {
  const groups = record.groups.length;
  const rows = await Promise.all(
    sources.map(async (at) => {
      const face = trial.faces[at];
      if (!face) return '';
      const outputs = await Promise.all(
        outcome.pictures.slice(at * groups, (at + 1) * groups).map(async (image, group) => {
          const item = outcome.items[at * groups + group];
          const caption = item?.isFound
            ? `${item.distance[0]?.toFixed(2) ?? ''}, ${item.age.find((age) => age !== null)?.toFixed(0) ?? '–'} y`
            : 'no face';
          return `${await picture(image)}${caption}`;
        }),
      );
      return cells([escapeHtml(String(face.entry.age)), await picture(await loadFace(face.file, trial.imageSize)), ...outputs]);
    }),
  );
  return `<table class="faces">${cells(['age', 'input', ...record.groups.map(escapeHtml)], 'th')}${rows.join('')}</table>`;
}

async function gallery(record: EvaluationRecord, trial: Trial, outcome: Outcome): Promise<string> {
  const groups = record.groups.length;
  const order = trial.faces
    .map((_, at) => ({ at, score: badness(outcome.items.slice(at * groups, (at + 1) * groups), trial) }))
    .sort((a, b) => a.score - b.score || a.at - b.at)
    .map(({ at }) => at);
  const middle = Math.max(0, Math.floor(order.length / 2 - SHOWN / 2));
  const parts = [
    ['Best', order.slice(0, SHOWN)],
    ['Median', order.slice(middle, middle + SHOWN)],
    ['Worst', order.slice(-SHOWN)],
  ] as const;
  const tables = parts.map(async ([title, sources]) => `<h3>${title}</h3>${await faceTable(record, trial, outcome, sources)}`);
  const rule = `Rows in the order of distance over threshold plus age error over ${YEARS_A_THRESHOLD} years, summed over the targets; below each picture its distance from the input and its estimated age.`;
  return `<h2>Faces</h2><p>${rule}</p>${(await Promise.all(tables)).join('')}`;
}

function charts(record: EvaluationRecord, trial: Trial, outcome: Outcome): string {
  const judge = trial.yardstick.thresholds.findIndex((threshold) => threshold !== null);
  const age = trial.panel.judges.findIndex(({ age: judged }) => judged === 'years');
  const figures: string[] = [];
  const figure = (svg: string, caption: string): void => void figures.push(`<figure>${svg}<figcaption>${caption}</figcaption></figure>`);
  const points = outcome.rows.flatMap(({ row, group, verified, ageError }) => {
    const [v, e] = [verified[judge], ageError[age]];
    return group === null || !v || !e ? [] : [{ kind: row, group: groupName(record, group), verified: v, ageError: e }];
  });
  if (points.length > 0)
    figure(
      tradeOffChart(points, record.groups),
      `Identity against age; lines are 95 % intervals. Up and left is better. Shapes: ${record.groups.map((name, i) => `${SHAPES[i] ?? ''} ${escapeHtml(name)}`).join(', ')}.`,
    );
  const calibration = trial.calibrations[judge];
  const threshold = trial.yardstick.thresholds[judge];
  if (calibration && threshold != null) {
    const kinds = {
      ...(calibration.same.length > 0 ? { 'same person': calibration.same } : {}),
      'different people': calibration.different,
      'input and output': outcome.items.map((item) => item.distance[judge] ?? Infinity),
    };
    figure(
      distanceChart(kinds, threshold),
      'Distances of real pairs, and of each input from its outputs; the dashed line is the threshold.',
    );
  }
  const curves = record.judges.flatMap(({ name, calibration: known }) =>
    known && known.roc.length > 0 ? [[name, known.roc] as const] : [],
  );
  if (curves.length > 0)
    figure(
      rocChart(Object.fromEntries(curves)),
      'Real pairs: how many of one person pass as the threshold lets more of different people pass.',
    );
  const years = [
    ...trial.real.map(({ entry, observation }) => ({
      kind: 'real',
      group: entry.group,
      years: observation.isFound ? observation.opinions[age]?.age : null,
    })),
    ...outcome.items.map((item) => ({ kind: 'model', group: item.group, years: item.age[age] })),
  ].flatMap(({ kind, group, years: value }) => (value == null ? [] : [{ kind, group: groupName(record, group), years: value }]));
  if (years.length > 0)
    figure(ageChart(years, record.groups), 'Estimated ages of real photographs of a group, and of pictures that should be of it.');
  return `<div class="charts">${figures.join('')}</div>`;
}

const listing = (title: string, values: Readonly<Record<string, unknown>>): string =>
  `<h3>${title}</h3><table class="left">${Object.entries(values)
    .map(([name, value]) =>
      cells([escapeHtml(name), `<code>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</code>`]),
    )
    .join('')}</table>`;

/** The whole page. */
export async function evaluationPage(record: EvaluationRecord, trial: Trial, outcome: Outcome): Promise<string> {
  const { test, checkpoint } = record;
  const intro = `${test.faces} test faces of ${test.people} people at ${record.groups.length} ages, held against ${test.real_photographs} real photographs${test.without_face.length > 0 ? `; ${test.without_face.length} more test faces in which the detector finds no face are left out` : ''}. Brackets hold 95 % intervals, by drawing people again.`;
  const notes = `Verified: input and picture count as one person; no face counts as not verified. Age error: from the mean estimate of the group's real photographs; no face counts as far as the farthest group. Random real: somebody else's photograph of the target group. Mean face: the group's, pixel by pixel. Descriptor Fréchet: the formula of FID in the space of the first judge's descriptors, not FID; it has no interval, since drawing again biases it: compare with the row of random real photographs.`;
  const sections = [
    `<h1>${escapeHtml(checkpoint)}</h1><p>${escapeHtml(intro)}</p><p class="verdict">${verdict(record).map(escapeHtml).join('<br>')}</p>`,
    scoreTable(
      record,
      record.rows.filter(({ group }) => group === null),
    ),
    `<p><small style="white-space:normal">${escapeHtml(notes)}</small></p>`,
    `<h2>By age group</h2>${charts(record, trial, outcome)}`,
    scoreTable(
      record,
      record.rows.filter(({ group }) => group !== null),
    ),
    `<h2>Judges</h2>${judgeTable(record)}${record.judges.map(calibrationTable).join('')}${record.judges.map((judge) => realAgeTable(record, judge)).join('')}`,
    await gallery(record, trial, outcome),
    `<h2>How this was made</h2><p><code>ipcgan ${escapeHtml(record.command.join(' '))}</code></p>`,
    listing('Data', {
      data: record.data.directory,
      content_hash: record.data.content_hash,
      ...(record.reference ? { reference: record.reference.directory } : {}),
    }),
    listing('Settings', record.settings),
    listing('Environment', record.environment),
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Evaluation of ${escapeHtml(checkpoint)}</title><style>${STYLE}</style></head><body>${sections.join('\n')}</body></html>\n`;
}
