/** @file A table in Markdown. */

/** Text that stays in its cell. */
const cell = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replace(/\s*[\r\n]+\s*/g, ' ');

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** Headings, then the rows. */
export const markdownTable = (
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string =>
  [row(headings), `| ${headings.map(() => '---').join(' | ')} |`, ...rows.map(row)].join('\n');
