import MarkdownIt from 'markdown-it';
import { PAGES, readPage } from '../support/pages';

/** What a reader takes in at a glance: lines of a paragraph, and characters of a line and of a table's row. */
const LINES = 6;
const COLUMNS = 120;
const TABLE_COLUMNS = 100;

const parser = new MarkdownIt();
type Token = ReturnType<typeof parser.parse>[number];

/** An inline token as it is read: without the marks of links and code. */
const textOf = (token: Token): string =>
  (token.children ?? [])
    .map(({ type, content }) => (type === 'softbreak' ? ' ' : type === 'image' ? '' : content))
    .join('');

/** How many lines a text fills. */
function linesOf(text: string): number {
  let lines = 1;
  let column = 0;
  for (const word of text.split(/\s+/)) {
    if (column > 0 && column + 1 + word.length > COLUMNS) {
      lines++;
      column = 0;
    }
    column += (column > 0 ? 1 : 0) + word.length;
  }
  return lines;
}

/** The width of a table whose columns are as wide as their longest cell, with `| ` and ` |` around each. */
const widthOf = (rows: readonly (readonly string[])[]): number =>
  (rows[0] ?? []).reduce(
    (width, _, i) => width + Math.max(...rows.map((row) => row[i]?.length ?? 0)) + 3,
    1,
  );

/** What of a page is too much at once. */
function problemsOf(page: string, markdown: string): string[] {
  const problems: string[] = [];
  let rows: string[][] | null = null;
  let start = 0;
  for (const token of parser.parse(markdown, {})) {
    if (token.type === 'table_open') {
      rows = [];
      start = (token.map?.[0] ?? 0) + 1;
    } else if (token.type === 'tr_open') rows?.push([]);
    else if (token.type === 'table_close') {
      const width = widthOf(rows ?? []);
      if (width > TABLE_COLUMNS)
        problems.push(
          `${page}:${start}: expected a table of at most ${TABLE_COLUMNS} columns, got ${width}`,
        );
      rows = null;
    } else if (token.type === 'inline') {
      const text = textOf(token);
      if (rows !== null) rows.at(-1)?.push(text);
      else if (linesOf(text) > LINES)
        problems.push(
          `${page}:${(token.map?.[0] ?? 0) + 1}: expected at most ${LINES} lines of ${COLUMNS} columns, got ${linesOf(text)}`,
        );
    }
  }
  return problems;
}

test('a paragraph has at most six lines, and a table fits a screen', () => {
  expect(PAGES.flatMap((page) => problemsOf(page, readPage(page)))).toEqual([]);
});

test('what is too long or too wide is found', () => {
  const words = (count: number): string => 'four '.repeat(count).trim();
  const cell = 'x'.repeat(47);
  expect(problemsOf('a', `# A\n\n${words(6 * 24)}\n`)).toEqual([]);
  expect(problemsOf('a', `# A\n\n${words(6 * 24 + 1)}\n`)).toEqual([
    'a:3: expected at most 6 lines of 120 columns, got 7',
  ]);
  expect(problemsOf('a', `- short\n- ${words(200)}`)).toEqual([
    expect.stringMatching(/^a:2: .*got 9/),
  ]);
  expect(
    problemsOf('a', `| [${cell}](long-link.md) | \`${cell.slice(1)}\` |\n| - | - |\n`),
  ).toEqual([]);
  expect(problemsOf('a', `| ${cell} | b |\n| - | - |\n| a | ${cell}x |\n`)).toEqual([
    'a:1: expected a table of at most 100 columns, got 102',
  ]);
});
