/** @file Tables of values as CSV (RFC 4180, lines end in a line feed). */

import { stringify } from 'csv-stringify/sync';

/** What a cell may hold; null and undefined are empty. */
export type CsvCell = string | number | boolean | null | undefined;

/** The text of a table, its headings first; a cell that holds a comma, a quote or a line's end is quoted. */
export const csvOf = (headings: readonly string[], rows: readonly (readonly CsvCell[])[]): string =>
  stringify([headings, ...rows] as unknown[][], {
    cast: { boolean: String },
    // readers take a lone carriage return for a line's end, too
    quoted_match: /\r/,
  });
