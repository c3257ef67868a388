/** @file `comparison.html`, and the same for a terminal: how reports on the same test faces differ. */

import { escapeHtml } from '../../pages/charts';
import type { Estimate } from '../../statistics/bootstrap';
import { FRECHET_MEASURE } from './comparison';
import type { Difference, NamedRecord } from './comparison';
import { figureStyle } from './followed-figures';
import { shown, STYLE } from './style';
import { cells } from './tables';

/** How a measure is shown: its unit, that of a difference, what it is multiplied by, and the digits behind the point then. */
interface MeasureStyle {
  readonly unit: string;
  readonly points: string;
  readonly factor: number;
  readonly digits: number;
}

const SHARE: MeasureStyle = { unit: ', %', points: ' points', factor: 100, digits: 1 };
const OTHERS: Readonly<Record<string, MeasureStyle>> = {
  'age error': { unit: ', years', points: '', factor: 1, digits: 2 },
  sharpness: { unit: '', points: '', factor: 1, digits: 2 },
  [FRECHET_MEASURE]: { unit: '', points: '', factor: 1, digits: 4 },
};

const styleOf = (measure: string): MeasureStyle => OTHERS[measure] ?? SHARE;

/** A difference's interval on one side of zero: it is not chance alone. */
const isClear = ({ low, high }: Estimate): boolean => low > 0 || high < 0;

function differenceTable(differences: readonly Difference[]): string {
  const rows = differences.map(({ report, measure, judge, first, this: own, difference }) => {
    const { unit, points, factor, digits } = styleOf(measure);
    const values = [first, own].map((value) => (factor * value).toFixed(digits));
    const told = [
      `${measure}${unit}`,
      escapeHtml(judge),
      ...values,
      shown(difference, digits, factor, points),
      isClear(difference) ? 'yes' : 'no',
      String(difference.n),
      escapeHtml(report),
    ];
    return cells(told, 'td', isClear(difference) ? ' class="model"' : '');
  });
  const head = cells(
    [
      'measure',
      'judge',
      'first report',
      'this report',
      'difference',
      'clear of 0',
      'pictures',
      'this report is',
    ],
    'th',
  );
  return `<div class="wide"><table class="left-last">${head}${rows.join('')}</table></div>`;
}

/** Every report's own figures side by side, over all of its pictures. */
function figureTable(records: readonly NamedRecord[]): string {
  const names = [...new Set(records.flatMap(({ record }) => Object.keys(record.figures)))];
  const rows = names.map((name) => {
    const { title, factor, digits, better } = figureStyle(name);
    return cells([
      escapeHtml(title),
      better ?? '–',
      ...records.map(({ record }) => shown(record.figures[name], digits, factor)),
    ]);
  });
  const head = cells(['figure', 'better is', ...records.map(({ name }) => escapeHtml(name))], 'th');
  return `<div class="wide"><table class="break">${head}${rows.join('')}</table></div>`;
}

/**
 * The comparison as a page.
 * @param records the first is what the others differ from
 * @param missing a line for each measure that is left out
 */
export function comparisonPage(
  records: readonly NamedRecord[],
  differences: readonly Difference[],
  missing: readonly string[],
  command: readonly string[],
): string {
  const listed = records.map(({ name, record }) =>
    cells([escapeHtml(name), escapeHtml(record.checkpoint), String(record.step ?? '–')]),
  );
  const sections = [
    `<h1>Comparison with ${escapeHtml(records[0]?.name ?? '')}</h1>`,
    `<table class="left">${cells(['report', 'checkpoint', 'step'], 'th')}${listed.join('')}</table>`,
    '<h2>Differences from the first report</h2>',
    '<p>On the pictures that both reports have. Brackets hold 95 % intervals of the difference, by drawing the same people again for both; rows in bold are clear of 0: not chance alone.</p>',
    differenceTable(differences),
    ...missing.map((line) => `<p>${escapeHtml(line)}.</p>`),
    "<h2>Every report's own figures</h2>",
    '<p>Over all pictures of each report; brackets hold 95 % intervals.</p>',
    figureTable(records),
    `<h2>How this was made</h2><p><code>ipcgan ${escapeHtml(command.join(' '))}</code></p>`,
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Comparison</title><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>${sections.join('\n')}</body></html>\n`;
}

/** The comparison as lines for a terminal. */
export function comparisonLines(differences: readonly Difference[]): string[] {
  return differences.map(({ report, measure, judge, difference: { value, low, high } }) => {
    const { points, factor, digits } = styleOf(measure);
    const text = (one: number): string => (factor * one).toFixed(Math.max(2, digits));
    return `${report}\t${measure}${judge === '' ? '' : ` (${judge})`}\t${value >= 0 ? '+' : ''}${text(value)}${points} [${text(low)}, ${text(high)}]`;
  });
}
