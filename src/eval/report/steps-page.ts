/** @file The evaluation of a whole run: curves over its checkpoints, and the best of them. */

import { escapeHtml } from '../../data/prepare/charts';
import { stepCurve } from './charts';
import { figureStyle } from './followed-figures';
import type { EvaluationRecord } from './record';
import { shown, STYLE } from './style';
import { verdict } from './verdict';

/** Stated wherever the best step is. */
export const BEST_RULE =
  'the step with the greatest harmonic mean of identity (0 a stranger, 1 the copied input) and age (0 the copied input, 1 real photographs), each cut to 0 to 1; of equal ones the earliest';

/** A record of a checkpoint whose step is known. */
export type StepRecord = EvaluationRecord & { readonly step: number };

const overallOf = ({ position }: StepRecord): number => position.overall?.value ?? 0;

/** The best checkpoint by {@link BEST_RULE}; null where none stands between the baselines in both. */
export function bestStep(records: readonly StepRecord[]): StepRecord | null {
  return records.reduce<StepRecord | null>((best, record) => {
    return overallOf(record) > (best ? overallOf(best) : 0) ? record : best;
  }, null);
}

function curves(records: readonly StepRecord[]): string {
  const names = [...new Set(records.flatMap(({ figures }) => Object.keys(figures)))];
  const charts = names.map((name) => {
    const points = records.flatMap(({ step, figures }) => {
      const figure = figures[name];
      return figure ? [{ step, figure }] : [];
    });
    const { title, factor } = figureStyle(name);
    return `<figure>${stepCurve(title, points, factor)}</figure>`;
  });
  return `<div class="charts">${charts.join('')}</div>`;
}

/** The page: best step, a line a checkpoint that leads to its own report, curves. */
export function stepsPage(records: readonly StepRecord[], run: string): string {
  const best = bestStep(records);
  const rows = records.map((record) => {
    const { identity, age, overall } = record.position;
    const cells = [
      `<a href="${record.step}/report.html">${record.step}</a>`,
      shown(identity, 0, 100),
      shown(age, 0, 100),
      shown(overall, 0, 100),
    ];
    return `<tr${record === best ? ' class="model"' : ''}>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const head = ['step', 'identity, %', 'age, %', 'both, %'].map((cell) => `<th>${cell}</th>`).join('');
  const said = best
    ? `Best: step ${best.step}, ${BEST_RULE}.`
    : `No step stands between the baselines in both; the best would be ${BEST_RULE}.`;
  const about = best ? verdict(best).map(escapeHtml).join('<br>') : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation of ${escapeHtml(run)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(run)}</h1><p class="verdict">${escapeHtml(said)}<br>${about}</p><table><tr>${head}</tr>${rows.join('')}</table><h2>Over the steps</h2>${curves(records)}<h2>How this was made</h2><p><code>ipcgan ${escapeHtml((records[0]?.command ?? []).join(' '))}</code></p></body></html>\n`;
}
