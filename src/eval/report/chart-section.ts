/** @file The charts on an evaluation's page, with what they show in words. */

import { html } from '../../pages/html';
import type { Html } from '../../pages/html';
import type { GeneratorScores } from '../evaluate-generator';
import type { Benchmark } from '../benchmark';
import { ageChart, distanceChart, rocChart, tradeOffChart } from './charts';
import type { EvaluationRecord } from './record';
import { groupName } from './tables';

/** Of the groups in the chart of identity against age, in words. */
const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'star', 'rounded square'] as const;

/** What the charts show, and which of the judges speaks of identity and which of years; -1 for none. */
interface Shown {
  readonly record: EvaluationRecord;
  readonly benchmark: Benchmark;
  readonly outcome: GeneratorScores;
  readonly judge: number;
  readonly age: number;
}

const figure = (svg: Html, caption: string): Html =>
  html`<figure>
    ${svg}
    <figcaption>${caption}</figcaption>
  </figure>`;
const judgeName = ({ judges }: EvaluationRecord, index: number): string =>
  judges[index]?.name ?? '';

function tradeOffFigure({ record, outcome, judge, age }: Shown): Html | null {
  const points = outcome.rows.flatMap(({ row, group, verified, ageError }) => {
    const v = verified[judge];
    const e = ageError[age];
    return group === null || !v || !e
      ? []
      : [{ kind: row, group: groupName(record, group), verified: v, ageError: e }];
  });
  if (points.length === 0) return null;
  const shapes = record.groups.map((name, i) => `${SHAPES[i] ?? ''} ${name}`).join(', ');
  return figure(
    tradeOffChart(points, record.groups),
    `Identity by ${judgeName(record, judge)} against age by ${judgeName(record, age)}, a point a ` +
      `group; lines are 95 % intervals. Up and left is better. Shapes: ${shapes}.`,
  );
}

function distanceFigure({ record, benchmark, outcome, judge }: Shown): Html | null {
  const calibration = benchmark.calibrations[judge];
  const threshold = benchmark.references.thresholds[judge];
  if (!calibration || threshold == null) return null;
  const kinds = {
    ...(calibration.same.length > 0 ? { 'same person': calibration.same } : {}),
    'different people': calibration.different,
    'input and output': outcome.items.map((item) => item.distance[judge] ?? Infinity),
  };
  const lost = outcome.items.filter(({ isFound }) => !isFound).length;
  const notDrawn =
    lost > 0
      ? ` Not drawn: ${lost} of ${outcome.items.length} outputs in which no face is found.`
      : '';
  return figure(
    distanceChart(kinds, threshold),
    `Distances by ${judgeName(record, judge)} of real pairs, and of each input from its outputs; ` +
      `the dashed line is the threshold.${notDrawn}`,
  );
}

function rocFigure({ record }: Shown): Html | null {
  const curves = record.judges.flatMap(({ name, calibration }) =>
    calibration && calibration.roc.length > 0 ? [[name, calibration.roc] as const] : [],
  );
  if (curves.length === 0) return null;
  return figure(
    rocChart(Object.fromEntries(curves)),
    'Real pairs: how many of one person pass as the threshold lets more of different people pass.',
  );
}

function ageFigure({ record, benchmark, outcome, age }: Shown): Html | null {
  const real = benchmark.real.map(({ entry, observation }) => ({
    kind: 'real',
    group: entry.group,
    years: observation.isFound ? observation.opinions[age]?.age : null,
  }));
  const aged = outcome.items.map((item) => ({
    kind: 'model',
    group: item.group,
    years: item.age[age],
  }));
  const years = [...real, ...aged].flatMap(({ kind, group, years: value }) =>
    value == null ? [] : [{ kind, group: groupName(record, group), years: value }],
  );
  if (years.length === 0) return null;
  return figure(
    ageChart(years, record.groups),
    `Ages by ${judgeName(record, age)} of real photographs of a group, and of pictures that should ` +
      'be of it: the box holds the middle half, whiskers all. Pictures in which no face is found ' +
      'have no age.',
  );
}

/** Identity against age, distances, ROC and estimated ages, as far as the data tells them. */
export function chartSection(
  record: EvaluationRecord,
  benchmark: Benchmark,
  outcome: GeneratorScores,
): Html {
  const judge = benchmark.references.thresholds.findIndex((threshold) => threshold !== null);
  const age = benchmark.panel.judges.findIndex(({ age: judged }) => judged === 'years');
  const shown: Shown = { record, benchmark, outcome, judge, age };
  const figures = [tradeOffFigure, distanceFigure, rocFigure, ageFigure].map((draw) => draw(shown));
  return html`<div class="charts">${figures}</div>`;
}
