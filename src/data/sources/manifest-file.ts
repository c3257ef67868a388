/** @file Photographs that a table lists: CSV with a header line, or JSONL, of path, age, and optionally identity, year, gender, race, split. */

import path from 'node:path';
import { z } from 'zod';
import { shownValue } from '../../config/problems';
import { UserError } from '../../errors';
import { leavesFolder } from '../../files/real-path';
import { DEFAULT_AGE_BOUNDS } from '../age-groups';
import { SPLITS } from '../lists';
import type { Split } from '../lists';
import { scanFolder, shownName } from './scan';
import { GENDERS } from './source';
import type { FaceRecord, FaceSource, Rejection } from './source';
import { readTable } from './table-rows';
import type { TableRow } from './table-rows';
import { readWrittenAge } from './written-age';

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

/** How others call the parts. */
const PARTS: Readonly<Record<string, Split>> = {
  val: 'valid',
  validation: 'valid',
  training: 'train',
  testing: 'test',
};
const partOf = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const name = value.trim().toLowerCase();
  return PARTS[name] ?? name;
};

const lowerCase = (value: unknown): unknown =>
  typeof value === 'string' ? value.trim().toLowerCase() : value;

/** How others call them. */
const GENDER_WORDS: Readonly<Record<string, string>> = {
  f: 'female',
  woman: 'female',
  m: 'male',
  man: 'male',
};
const genderOf = (value: unknown): unknown => {
  const word = lowerCase(value);
  return typeof word === 'string' ? (GENDER_WORDS[word] ?? word) : word;
};

const detailsSchema = z.object({
  identity: optional(z.coerce.string()),
  year: optional(z.coerce.number('a year').int('a year')),
  gender: z.preprocess(genderOf, optional(z.enum(GENDERS, `one of ${GENDERS.join(', ')}`))),
  race: z.preprocess(lowerCase, optional(z.coerce.string())),
  split: z.preprocess(partOf, optional(z.enum(SPLITS, `one of ${SPLITS.join(', ')}`))),
});

/** What a row says of a picture, or why it says nothing. */
interface Row {
  /** From 1, the header line not counted. */
  readonly number: number;
  /** As the table has it; empty where there is none. */
  readonly path: string;
  readonly face: Omit<FaceRecord, 'name' | 'rawName'> | null;
  readonly problem: string | null;
}

const SHOWN = 5;

function readRow(row: TableRow, number: number, bounds: readonly number[]): Row {
  const given = 'path' in row ? row.path : '';
  const name = typeof given === 'string' || typeof given === 'number' ? String(given) : '';
  const wrong = (problem: string): Row => ({ number, path: name, face: null, problem });
  if ('broken' in row) return wrong(String(row.broken));
  if (name === '') return wrong('it has no path');
  const written = readWrittenAge(row.age, bounds);
  if ('problem' in written) return wrong(written.problem);
  const details = detailsSchema.safeParse(row);
  if (!details.success) {
    const [issue] = details.error.issues;
    const key = String(issue?.path[0] ?? '');
    return wrong(`${key}: expected ${issue?.message ?? ''}, got ${shownValue(row[key])}`);
  }
  const { identity, year, gender, race, split } = details.data;
  const face = {
    age: written.age,
    identity: identity ?? null,
    ...(year === undefined ? {} : { year }),
    ...(gender === undefined ? {} : { gender }),
    ...(race === undefined ? {} : { race }),
    ...(split === undefined ? {} : { split }),
  };
  return { number, path: name, face, problem: null };
}

/** Composed letters: a table typed on one system has `ë` where the disc of another has `e` and two dots. */
const key = (name: string): string => path.posix.normalize(name).normalize('NFC');

/** Finds the file that a table's path means: below the folder, with either slash. Null where it leads out of it. */
function finderIn(folder: string, names: readonly string[]): (listed: string) => string | null {
  const exact = new Set(names);
  const composed = new Map(names.map((name) => [key(name), name]));
  return (listed) => {
    const isInside = path.isAbsolute(listed) && !leavesFolder(path.relative(folder, listed));
    const relative = isInside ? path.relative(path.resolve(folder), listed) : listed;
    const slashed = relative.replaceAll('\\', '/');
    if (leavesFolder(relative) || leavesFolder(slashed) || /^[a-z]:\//i.test(slashed)) return null;
    return (
      [relative, path.posix.normalize(relative)].find((name) => exact.has(name)) ??
      composed.get(key(relative)) ??
      composed.get(key(slashed)) ??
      path.posix.normalize(slashed)
    );
  };
}

/** Rows by the file that they are of, with those that are of none. */
interface Matched {
  readonly rows: ReadonlyMap<string, Row>;
  readonly strays: readonly { readonly name: string; readonly problem: string }[];
}

/** Rows that say the same of a picture are one; where they contradict each other nobody can tell which is right. */
function matchRows(rows: readonly Row[], find: (listed: string) => string | null): Matched {
  const found = new Map<string, Row>();
  const strays: { name: string; problem: string }[] = [];
  for (const row of rows) {
    const name = row.path === '' ? null : find(row.path);
    const before = name === null ? undefined : found.get(name);
    if (name === null)
      strays.push({
        name: row.path === '' ? `row ${row.number}` : row.path,
        problem: `row ${row.number}: ${row.problem ?? (row.path === '' ? 'it has no path' : 'it leaves --images')}`,
      });
    else if (before === undefined) found.set(name, row);
    else if (JSON.stringify(before.face) !== JSON.stringify(row.face))
      found.set(name, {
        ...row,
        face: null,
        problem: `it is in row ${before.number} already, where something else is said of it`,
      });
  }
  return { rows: found, strays };
}

/** @throws UserError where no row can be used, so that it is the table that is wrong */
function checkAny(manifest: string, rows: readonly Row[], read: readonly TableRow[]): void {
  if (rows.some(({ face }) => face !== null)) return;
  if (rows.length === 0)
    throw new UserError(
      `${manifest}: expected rows of path and age (identity, year, gender, race, split), got none. Fill it in, or leave --manifest out.`,
    );
  const columns = [...new Set(read.flatMap((row) => ('broken' in row ? [] : Object.keys(row))))];
  const missing = ['path', 'age'].filter((name) => !columns.includes(name));
  const problems = rows.map(({ number, problem }) => `row ${number}: ${problem ?? ''}`);
  const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : '';
  throw new UserError(
    missing.length > 0 && columns.length > 0
      ? `${manifest}: expected the columns path and age (identity, year, gender, race, split), got ${columns.slice(0, 20).join(', ')}. Name them so in the header line.`
      : `${manifest}: expected rows of path and age (identity, year, gender, race, split), got ${problems.length} wrong and none right: ${problems.slice(0, SHOWN).join('; ')}${more}. Correct them.`,
  );
}

/**
 * What `manifest` lists of the pictures under a folder. Rejected by name are files that it does not list, rows that are wrong, and
 * rows of files that are not there.
 * @param bounds last year of every age group but the oldest: an age that is written as a range is used where it lies in one group
 */
export const manifestSource = (
  folder: string,
  manifest: string,
  bounds: readonly number[] = DEFAULT_AGE_BOUNDS,
): FaceSource => ({
  kind: 'folder',
  rootFolder: folder,
  isTight: false,
  list: async () => {
    const table = path.basename(manifest);
    const read = await readTable(manifest);
    const rows = read.map((row, i) => readRow(row, i + 1, bounds));
    checkAny(manifest, rows, read);
    const { files, rejected } = await scanFolder(folder);
    const names = files.map(({ name }) => name);
    const matched = matchRows(rows, finderIn(folder, names));
    const badRow = (name: string, problem: string): Rejection => ({
      name: shownName(name),
      reason: 'bad row',
      detail: `${table}: ${problem}`,
    });
    const found = new Set(names);
    const records: FaceRecord[] = [];
    const turnedDown: Rejection[] = [];
    for (const file of files) {
      const row = matched.rows.get(file.name);
      if (row === undefined)
        turnedDown.push({
          name: file.name,
          reason: 'not listed',
          detail: `${table} has no row of it`,
        });
      else if (row.face === null)
        turnedDown.push(badRow(file.name, `row ${row.number}: ${row.problem ?? ''}`));
      else records.push({ ...file, ...row.face });
    }
    const missing = [...matched.rows]
      .filter(([name]) => !found.has(name))
      .map(([name, { number, problem }]): Rejection =>
        problem === null
          ? { name, reason: 'missing', detail: `listed in ${table}, not in the folder` }
          : badRow(name, `row ${number}: ${problem}`),
      );
    const strays = matched.strays.map(({ name, problem }) => badRow(name, problem));
    return { records, rejected: [...rejected, ...turnedDown, ...missing, ...strays] };
  },
});
