/** @file `comparison.html`, and the same for a terminal: how reports on the same test faces differ. */

import { html, page, table, tableRow } from '../../pages/html';
import type { Html } from '../../pages/html';
import type { Estimate } from '../../statistics/bootstrap';
import { FRECHET_MEASURE } from './comparison';
import type { Difference, NamedRecord } from './comparison';
import { figureStyle } from './followed-figures';
import { shown, STYLE } from './style';

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

const DIFFERENCE_HEAD = [
  'measure',
  'judge',
  'first report',
  'this report',
  'difference',
  'clear of 0',
  'pictures',
  'this report is',
];

function differenceTable(differences: readonly Difference[]): Html {
  const rows = differences.map(({ report, measure, judge, first, this: own, difference }) => {
    const { unit, points, factor, digits } = styleOf(measure);
    const told = [
      `${measure}${unit}`,
      judge,
      (factor * first).toFixed(digits),
      (factor * own).toFixed(digits),
      shown(difference, digits, factor, points),
      isClear(difference) ? 'yes' : 'no',
      difference.n,
      report,
    ];
    return tableRow(told, { className: isClear(difference) ? 'model' : undefined });
  });
  const compared = table({ className: 'left-last', head: DIFFERENCE_HEAD, rows });
  return html`<div class="wide">${compared}</div>`;
}

/** Every report's own figures side by side, over all of its pictures. */
function figureTable(records: readonly NamedRecord[]): Html {
  const names = [...new Set(records.flatMap(({ record }) => Object.keys(record.figures)))];
  const rows = names.map((name) => {
    const { title, factor, digits, better } = figureStyle(name);
    const figures = records.map(({ record }) => shown(record.figures[name], digits, factor));
    return tableRow([title, better ?? '–', ...figures]);
  });
  const head = ['figure', 'better is', ...records.map(({ name }) => name)];
  return html`<div class="wide">${table({ className: 'break', head, rows })}</div>`;
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
    tableRow([name, record.checkpoint, record.step ?? '–']),
  );
  const body = html`<h1>Comparison with ${records[0]?.name}</h1>
    ${table({ className: 'left', head: ['report', 'checkpoint', 'step'], rows: listed })}
    <h2>Differences from the first report</h2>
    <p>
      On the pictures that both reports have. Brackets hold 95 % intervals of the difference, by
      drawing the same people again for both; rows in bold are clear of 0: not chance alone.
    </p>
    ${differenceTable(differences)} ${missing.map((line) => html`<p>${line}.</p>`)}
    <h2>Every report's own figures</h2>
    <p>Over all pictures of each report; brackets hold 95 % intervals.</p>
    ${figureTable(records)}
    <h2>How this was made</h2>
    <p><code>ipcgan ${command.join(' ')}</code></p>`;
  return page({ title: 'Comparison', style: STYLE, body });
}

/** The comparison as lines for a terminal. */
export function comparisonLines(differences: readonly Difference[]): string[] {
  return differences.map(({ report, measure, judge, difference: { value, low, high } }) => {
    const { points, factor, digits } = styleOf(measure);
    const text = (one: number): string => (factor * one).toFixed(Math.max(2, digits));
    return `${report}\t${measure}${judge === '' ? '' : ` (${judge})`}\t${value >= 0 ? '+' : ''}${text(value)}${points} [${text(low)}, ${text(high)}]`;
  });
}
