/** @file Photographs that a table lists: CSV with a header line, or JSONL, of path, age, and optionally identity, year, gender, split. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { UserError } from '../../errors';
import { SPLITS } from '../lists';
import { leavesFolder } from '../../files/real-path';
import { scanFolder } from './scan';
import { GENDERS } from './source';
import type { FaceRecord, FaceSource, Rejection } from './source';

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

const rowSchema = z.object({
  path: z.string().min(1),
  age: z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.number().min(0).max(120),
  ),
  identity: optional(z.coerce.string()),
  year: optional(z.coerce.number().int()),
  gender: optional(z.enum(GENDERS)),
  split: optional(z.enum(SPLITS)),
});
type Row = z.infer<typeof rowSchema>;

const SHOWN = 5;

function readRows(file: string, text: string): unknown[] {
  try {
    if (!/\.jsonl?$/i.test(file))
      return parse(text, { columns: true, skip_empty_lines: true, bom: true, trim: true });
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch (cause) {
    throw new UserError(
      `--manifest: expected CSV with a header line, or JSONL, got ${file}: ${String(cause)}. Correct it.`,
      { cause },
    );
  }
}

/** @throws UserError with the first five rows that are wrong */
function checkRows(file: string, rows: readonly unknown[]): Row[] {
  const problems: string[] = [];
  const rowOf = new Map<string, number>();
  const good = rows.flatMap((row, i) => {
    const result = rowSchema.safeParse(row);
    if (!result.success)
      problems.push(
        `row ${i + 1}: ${result.error.issues.map(({ path: at, message }) => `${at.join('.')} ${message}`).join(', ')}`,
      );
    else if (leavesFolder(result.data.path))
      problems.push(`row ${i + 1}: '${result.data.path}' leaves --images`);
    else {
      const name = path.posix.normalize(result.data.path);
      const first = rowOf.get(name);
      if (first === undefined) {
        rowOf.set(name, i + 1);
        return [{ ...result.data, path: name }];
      }
      problems.push(`row ${i + 1}: '${name}' is in row ${first} already`);
    }
    return [];
  });
  if (problems.length > 0) {
    const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : '';
    throw new UserError(
      `${file}: expected rows of path and age (identity, year, gender, split), got ${problems.length} wrong: ${problems.slice(0, SHOWN).join('; ')}${more}. Correct them.`,
    );
  }
  return good;
}

/** What `manifest` lists of the pictures under a folder; files that it does not list are rejected by name. */
export const manifestSource = (folder: string, manifest: string): FaceSource => ({
  kind: 'folder',
  rootFolder: folder,
  isTight: false,
  list: async () => {
    const text = await readFile(manifest, 'utf8').catch((cause: unknown) => {
      throw new UserError(
        `--manifest: expected a CSV or JSONL file, got ${manifest} (${String(cause)})`,
        { cause },
      );
    });
    const rows = new Map(
      checkRows(manifest, readRows(manifest, text)).map((row) => [row.path, row]),
    );
    const { files, rejected } = await scanFolder(folder);
    const records = files.flatMap((file): FaceRecord[] => {
      const row = rows.get(file.name);
      const { year, gender, split } = row ?? {};
      return row
        ? [
            {
              ...file,
              age: row.age,
              identity: row.identity ?? null,
              ...(year === undefined ? {} : { year }),
              ...(gender ? { gender } : {}),
              ...(split ? { split } : {}),
            },
          ]
        : [];
    });
    const found = new Set(files.map(({ name }) => name));
    const unlisted = files
      .filter(({ name }) => !rows.has(name))
      .map(({ name }): Rejection => ({
        name,
        reason: 'not listed',
        detail: `${path.basename(manifest)} has no row of it`,
      }));
    const missing = [...rows.keys()]
      .filter((name) => !found.has(name))
      .map((name): Rejection => ({
        name,
        reason: 'missing',
        detail: `listed in ${path.basename(manifest)}, not in the folder`,
      }));
    return { records, rejected: [...rejected, ...unlisted, ...missing] };
  },
});
