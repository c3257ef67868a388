/** @file The evaluation of a whole run: curves over its checkpoints, and the best of them. */

import { escapeHtml } from '../../pages/charts';
import { stepCurve } from './step-curve';
import { figureStyle, rowFigures } from './followed-figures';
import type { EvaluationRecord } from './record';
import { shown, STYLE } from './style';
import { cells } from './tables';
import { verdict } from './verdict';

/** Stated wherever the best step is. */
export const BEST_RULE =
  'the step with the greatest harmonic mean of identity (0 a stranger, 1 the copied input) and age (0 the copied input, 1 real photographs), each cut to 0 to 1; of equal ones the earliest';

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

function curves(records: readonly StepRecord[]): string {
  const [first] = records;
  const levels = first ? DRAWN.map((kind) => ({ kind, figures: rowFigures(kind, first) })) : [];
  const charts = followedNames(records).map((name) => {
    const points = records.flatMap(({ step, figures }) => {
      const figure = figures[name];
      return figure ? [{ step, figure }] : [];
    });
    const { title, factor } = figureStyle(name);
    const lines = levels.flatMap(({ kind, figures }) => {
      const value = figures[name]?.value;
      return value === undefined ? [] : [{ kind, value }];
    });
    return `<figure>${stepCurve(title, points, lines, factor)}</figure>`;
  });
  return `<p>The model in orange with its 95 % interval; dashed, where there are any, the copied input in blue and random real photographs in green.</p><div class="charts">${charts.join('')}</div>`;
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

/** The page: best step, a line a checkpoint that leads to its own report, curves. */
export function stepsPage(compared: ComparedSteps, run: string): string {
  const { records, best, test } = compared;
  const names = followedNames(records);
  const rows = records.map((record) => {
    const figures = names.map((name) => {
      const { factor, digits } = figureStyle(name);
      return shown(record.figures[name], digits, factor);
    });
    return cells(
      [`<a href="${record.step}/report.html">${record.step}</a>`, ...figures],
      'td',
      record === best ? ' class="model"' : '',
    );
  });
  const head = cells(['step', ...names.map((name) => escapeHtml(figureStyle(name).title))], 'th');
  const said = best
    ? `Best: step ${best.step}, ${BEST_RULE}.`
    : `No step stands between the baselines in both; the best would be ${BEST_RULE}.`;
  const about = testSentences(compared).map(escapeHtml).join('<br>');
  const link = test ? ` <a href="${TEST_FOLDER}/report.html">Its report</a>` : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation of ${escapeHtml(run)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(run)}</h1><p class="verdict">${escapeHtml(said)}<br>${about}${link}</p><p>Below are figures of ${records[0]?.part === 'test' ? 'test' : 'validation'} faces, by which the step was chosen.</p><div class="wide"><table class="scores"><thead>${head}</thead>${rows.join('')}</table></div><h2>Over the steps</h2>${curves(records)}<h2>How this was made</h2><p><code>ipcgan ${escapeHtml((records[0]?.command ?? []).join(' '))}</code></p></body></html>\n`;
}
