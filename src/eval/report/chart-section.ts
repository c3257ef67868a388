/** @file The charts on an evaluation's page, with what they show in words. */

import { escapeHtml } from '../../data/prepare/charts';
import type { Outcome } from '../evaluate';
import type { Trial } from '../trial';
import { ageChart, distanceChart, rocChart, tradeOffChart } from './charts';
import type { EvaluationRecord } from './record';
import { groupName } from './tables';

/** Of the groups in the chart of identity against age, in words. */
const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'star', 'rounded square'] as const;

/** Identity against age, distances, ROC and estimated ages, as far as the data tells them. */
export function chartSection(record: EvaluationRecord, trial: Trial, outcome: Outcome): string {
  const judge = trial.yardstick.thresholds.findIndex((threshold) => threshold !== null);
  const age = trial.panel.judges.findIndex(({ age: judged }) => judged === 'years');
  const name = (index: number): string => escapeHtml(record.judges[index]?.name ?? '');
  const figures: string[] = [];
  const figure = (svg: string, caption: string): void => void figures.push(`<figure>${svg}<figcaption>${caption}</figcaption></figure>`);
  const points = outcome.rows.flatMap(({ row, group, verified, ageError }) => {
    const [v, e] = [verified[judge], ageError[age]];
    return group === null || !v || !e ? [] : [{ kind: row, group: groupName(record, group), verified: v, ageError: e }];
  });
  if (points.length > 0)
    figure(
      tradeOffChart(points, record.groups),
      `Identity by ${name(judge)} against age by ${name(age)}, a point a group; lines are 95 % intervals. Up and left is better. Shapes: ${record.groups.map((name, i) => `${SHAPES[i] ?? ''} ${escapeHtml(name)}`).join(', ')}.`,
    );
  const calibration = trial.calibrations[judge];
  const threshold = trial.yardstick.thresholds[judge];
  if (calibration && threshold != null) {
    const kinds = {
      ...(calibration.same.length > 0 ? { 'same person': calibration.same } : {}),
      'different people': calibration.different,
      'input and output': outcome.items.map((item) => item.distance[judge] ?? Infinity),
    };
    const lost = outcome.items.filter(({ isFound }) => !isFound).length;
    figure(
      distanceChart(kinds, threshold),
      `Distances by ${name(judge)} of real pairs, and of each input from its outputs; the dashed line is the threshold.${lost > 0 ? ` Not drawn: ${lost} of ${outcome.items.length} outputs in which no face is found.` : ''}`,
    );
  }
  const curves = record.judges.flatMap(({ name: curve, calibration: known }) =>
    known && known.roc.length > 0 ? [[curve, known.roc] as const] : [],
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
    figure(
      ageChart(years, record.groups),
      `Ages by ${name(age)} of real photographs of a group, and of pictures that should be of it: the box holds the middle half, whiskers all. Pictures in which no face is found have no age.`,
    );
  return `<div class="charts">${figures.join('')}</div>`;
}
