/** @file The evaluation of a whole run: curves over its checkpoints, and the best of them. */

import { html, lines, page, table, tableRow } from '../../pages/html';
import type { Html } from '../../pages/html';
import { stepCurve } from './step-curve';
import { figureStyle, rowFigures } from './followed-figures';
import type { EvaluationRecord } from './record';
import { shown, STYLE } from './style';
import { verdict } from './verdict';

/** Stated wherever the best step is. */
export const BEST_RULE =
  'the step with the greatest harmonic mean of identity (0 a stranger, 1 the copied input) and ' +
  'age (0 the copied input, 1 real photographs), each cut to 0 to 1; of equal ones the earliest';

/** A record of a checkpoint whose step is known. */
export type StepRecord = EvaluationRecord & { readonly step: number };

/** Where the report of the best on test faces lies, beside those of the steps. */
export const TEST_FOLDER = 'test';

/** All checkpoints of a run, the best of them, and how that one does on test faces. */
export interface ComparedSteps {
  /** Of faces that may choose. */
  readonly records: readonly StepRecord[];
  /** Null where no step stands between the baselines in both. */
  readonly best: StepRecord | null;
  /** Null where there is no best, or where the test part had to choose. */
  readonly test: EvaluationRecord | null;
}

const overallOf = ({ position }: StepRecord): number => position.overall?.value ?? 0;

/** The best checkpoint by {@link BEST_RULE}; null where none stands between the baselines in both. */
export function bestStep(records: readonly StepRecord[]): StepRecord | null {
  return records.reduce<StepRecord | null>((best, record) => {
    return overallOf(record) > (best ? overallOf(best) : 0) ? record : best;
  }, null);
}

const followedNames = (records: readonly StepRecord[]): string[] => [
  ...new Set(records.flatMap(({ figures }) => Object.keys(figures))),
];

/** The baselines that a curve is drawn between: they are the same at every step. */
const DRAWN = ['copy', 'random real'] as const;

function curves(records: readonly StepRecord[]): Html {
  const [first] = records;
  const levels = first ? DRAWN.map((kind) => ({ kind, figures: rowFigures(kind, first) })) : [];
  const charts = followedNames(records).map((name) => {
    const points = records.flatMap(({ step, figures }) => {
      const figure = figures[name];
      return figure ? [{ step, figure }] : [];
    });
    const { title, factor } = figureStyle(name);
    const baselines = levels.flatMap(({ kind, figures }) => {
      const value = figures[name]?.value;
      return value === undefined ? [] : [{ kind, value }];
    });
    return html`<figure>${stepCurve(title, points, baselines, factor)}</figure>`;
  });
  return html`<p>
      The model in orange with its 95 % interval; dashed, where there are any, the copied input in
      blue and random real photographs in green.
    </p>
    <div class="charts">${charts}</div>`;
}

/** A line a checkpoint that leads to its own report. */
function stepTable(records: readonly StepRecord[], best: StepRecord | null): Html {
  const names = followedNames(records);
  const rows = records.map((record) => {
    const figures = names.map((name) => {
      const { factor, digits } = figureStyle(name);
      return shown(record.figures[name], digits, factor);
    });
    const link = html`<a href="${record.step}/report.html">${record.step}</a>`;
    return tableRow([link, ...figures], { className: record === best ? 'model' : undefined });
  });
  const head = ['step', ...names.map((name) => figureStyle(name).title)];
  return html`<div class="wide">${table({ className: 'scores', head, rows })}</div>`;
}

/** What the best step does on faces that did not choose it, in sentences. */
function testSentences({ records, best, test }: ComparedSteps): string[] {
  if (best === null) return [];
  if (test) return ['On test faces, which chose nothing:', ...verdict(test)];
  const why =
    records[0]?.part === 'test'
      ? ', which chose it and make it look better than it is (the data set has no validation part)'
      : '';
  return [`On these faces${why}:`, ...verdict(best)];
}

/** The page: best step, a line a checkpoint, curves. */
export function stepsPage(compared: ComparedSteps, run: string): string {
  const { records, best, test } = compared;
  const said = best
    ? `Best: step ${best.step}, ${BEST_RULE}.`
    : `No step stands between the baselines in both; the best would be ${BEST_RULE}.`;
  const choosing = records[0]?.part === 'test' ? 'test' : 'validation';
  const body = html`<h1>${run}</h1>
    <p class="verdict">
      ${lines([said, ...testSentences(compared)])}
      ${test && html`<a href="${TEST_FOLDER}/report.html">Its report</a>`}
    </p>
    <p>Below are figures of ${choosing} faces, by which the step was chosen.</p>
    ${stepTable(records, best)}
    <h2>Over the steps</h2>
    ${curves(records)}
    <h2>How this was made</h2>
    <p><code>ipcgan ${(records[0]?.command ?? []).join(' ')}</code></p>`;
  return page({ title: `Evaluation of ${run}`, style: STYLE, body });
}
