/** @file Rows of a table as programs save it: CSV with any usual separator, JSONL or a JSON list, in any usual encoding. */

import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { UserError } from '../../errors';
import { shownValue } from '../../config/problems';
import { decodeText } from '../../files/text';

/** A row by its columns' names in lower case, or why it is none. */
export type TableRow = Readonly<Record<string, unknown>> | { readonly broken: string };

/** The first is taken where a header line has none of them: it is one column. */
const SEPARATORS = [',', ';', '\t', '|'] as const;

/** What separates the columns: whatever stands most often in the header line, outside of quotes. */
function separatorOf(header: string): string {
  const bare = header.replace(/"(?:[^"]|"")*"/g, '');
  const count = (separator: string): number => bare.split(separator).length;
  return SEPARATORS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

const lowerCase = (row: object): TableRow =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.trim().toLowerCase(), value]),
  );

function jsonRow(value: unknown): TableRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? lowerCase(value)
    : { broken: `expected {"path": …, "age": …}, got ${shownValue(value).slice(0, 60)}` };
}

function jsonLine(line: string): TableRow {
  try {
    return jsonRow(JSON.parse(line));
  } catch {
    return { broken: `it is no JSON: ${line.slice(0, 60)}` };
  }
}

/** The columns' names in lower case. @throws Error where two have one name: nobody can tell which is meant */
function columnsOf(header: readonly string[]): string[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`two columns called ${twice}`);
  return names;
}

/** Files that are no text, by their first bytes, with the way out. */
const NO_TEXT: readonly (readonly [bytes: string, what: string])[] = [
  ['PK\x03\x04', 'a workbook or a zip; save it as CSV'],
  ['\xd0\xcf\x11\xe0', 'a workbook of an old Excel; save it as CSV'],
  ['PAR1', 'Parquet; save it as CSV'],
  ['\x1f\x8b', 'a file packed by gzip; unpack it'],
];

/** A whole file of JSON: a list of rows, or one. @throws Error for anything else */
function jsonRows(content: unknown): TableRow[] {
  if (Array.isArray(content)) return content.map(jsonRow);
  const row = jsonRow(content);
  if (!('broken' in row) && 'path' in row) return [row];
  const keys = Object.keys(content as object).slice(0, 5);
  throw new Error(`an object of ${keys.join(', ')} instead of a list [{"path": …, "age": …}, …]`);
}

/** The content of a text that is JSON as a whole; undefined for one that is not. */
function wholeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function csvRows(text: string): TableRow[] {
  // some spreadsheets write down their separator in a line before the header
  const [, said, rest = text] = /^"?sep=(.)"?\r?\n([^]*)$/i.exec(text) ?? [];
  const header = /^[^\r\n]*/.exec(rest.trimStart())?.[0] ?? '';
  const rows = parse(rest, {
    columns: (names: string[]) => columnsOf(names),
    delimiter: said ?? separatorOf(header),
    skip_empty_lines: true,
    trim: true,
    relax_quotes: true,
    relax_column_count: true,
  }) as unknown as object[];
  return rows.map((row) => ({ ...row }));
}

/** Reads a table. @throws UserError where the file cannot be read, or is no table at all */
export async function readTable(file: string): Promise<TableRow[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new UserError(
      `--manifest: expected a CSV or JSONL file, got ${file} (${String(cause)})`,
      { cause },
    );
  });
  const head = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  const text = decodeText(bytes);
  try {
    const noText = NO_TEXT.find(([first]) => head.startsWith(first));
    if (noText) throw new Error(noText[1]);
    const start = text.trimStart();
    if (start.startsWith('[')) return jsonRows(JSON.parse(text));
    const whole = start.startsWith('{') ? wholeJson(text) : undefined;
    if (whole !== undefined) return jsonRows(whole);
    if (/\.(jsonl?|ndjson)$/i.test(file) || start.startsWith('{'))
      return text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .map(jsonLine);
    return csvRows(text);
  } catch (cause) {
    throw new UserError(
      `--manifest: expected CSV with a header line, or JSONL, got ${file}: ${cause instanceof Error ? cause.message : String(cause)}. Correct it.`,
      { cause },
    );
  }
}
