/** @file CACD2000: 163,446 photographs of 2,000 people, `AGE_First_Last_NNNN.jpg`, and a MATLAB file that says the same and more. */

import path from 'node:path';
import { UserError } from '../../errors';
import { parseFaceName } from './folder';
import { readMatStructs } from './mat-structs';
import type { MatColumns } from './mat5';
import { scanFolder, scanNamedFaces } from './scan';
import type { FaceList, FaceRecord, FaceSource, Rejection } from './source';

/** Both structs of celebrity2000_meta.mat, without the features (75,520 numbers a picture). */
const WANTED = {
  celebrityData: ['name', 'identity'],
  celebrityImageData: ['name', 'age', 'identity', 'year'],
} as const;

/** Composed letters: a disc may hold `e` and two dots where the table has `ë`. */
const key = (name: string): string => name.normalize('NFC');

/** Rows of celebrityImageData by file name. @throws UserError when columns are missing or of unequal length */
function imageRows(
  file: string,
  { celebrityData, celebrityImageData }: Record<string, MatColumns>,
): Map<string, Omit<FaceRecord, 'name'>> {
  const column = (struct: MatColumns | undefined, field: string): MatColumns[string] =>
    struct?.[field] ?? [];
  const people = new Map(
    column(celebrityData, 'identity').map(
      (id, i) => [id, String(column(celebrityData, 'name')[i])] as const,
    ),
  );
  const [names, ages, identities, years] = WANTED.celebrityImageData.map((field) =>
    column(celebrityImageData, field),
  );
  const lengths = [names, ages, identities, years].map((values) => values?.length ?? 0);
  if (lengths.some((length) => length !== lengths[0] || length === 0)) {
    throw new UserError(
      `--meta: expected celebrityImageData with name, age, identity and year of equal length in ${file}, got ${lengths.join(', ')}. Download it again.`,
    );
  }
  return new Map(
    (names ?? []).map((name, i) => {
      const identity = people.get(identities?.[i] ?? NaN) ?? String(identities?.[i]);
      return [
        key(String(name)),
        { age: Number(ages?.[i]), identity, year: Number(years?.[i]) },
      ] as const;
    }),
  );
}

async function listByMeta(folder: string, meta: string): Promise<FaceList> {
  const rows = imageRows(meta, await readMatStructs(meta, WANTED));
  const { files, rejected } = await scanFolder(folder);
  const records: FaceRecord[] = [];
  const unlisted: Rejection[] = [];
  for (const file of files) {
    const row = rows.get(key(path.posix.basename(file.name)));
    if (row) records.push({ ...file, ...row });
    else
      unlisted.push({
        name: file.name,
        reason: 'not listed',
        detail: `${path.basename(meta)} has no row of it`,
      });
  }
  return { records, rejected: [...rejected, ...unlisted] };
}

/** The folder of the download; people and ages from `meta`, or from the names where it is null. */
export const cacdSource = (folder: string, meta: string | null): FaceSource => ({
  kind: 'cacd',
  rootFolder: folder,
  isTight: false,
  list: () =>
    meta === null
      ? scanNamedFaces(folder, parseFaceName, 'AGE_First_Last_NNNN.jpg')
      : listByMeta(folder, meta),
});
