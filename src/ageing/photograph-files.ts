/** @file The photographs that somebody names, files and folders, and a name for the results of each. */

import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { PICTURE } from '../data/sources/scan';
import { UserError } from '../errors';
import { realPathOf } from '../files/real-path';

/** A photograph, and what the names of its results begin with. */
export interface PhotographFile {
  readonly file: string;
  /** Its name without the ending; no other photograph has it. */
  readonly stem: string;
}

/** Pictures that a phone makes: looked at, so that whoever has them is told what to do. */
const OF_PHONES = /\.(heic|heif|avif)$/i;

const isPicture = (name: string): boolean =>
  !name.startsWith('.') && (PICTURE.test(name) || OF_PHONES.test(name));

async function picturesOf(location: string, out: string): Promise<string[]> {
  if (!existsSync(location))
    throw new UserError(
      `${location}: expected a photograph or a folder of some, got nothing there. Check the path.`,
    );
  if (!statSync(location).isDirectory()) return [location];
  if (realPathOf(location) === realPathOf(out))
    throw new UserError(
      `--out: expected another folder than the photographs', got ${out} for both. The results would be aged next time.`,
    );
  const entries = await readdir(location, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && isPicture(entry.name))
    .map(({ name }) => name)
    .sort();
  if (names.length === 0)
    throw new UserError(
      `${location}: expected a folder of photographs, got one without pictures. Name the photographs.`,
    );
  return names.map((name) => path.join(location, name));
}

/** The same for names that one folder cannot hold side by side on every file system. */
const sameName = (stem: string): string => stem.normalize('NFC').toLowerCase();

/**
 * All photographs of some places, each once, in their order.
 * @param places files, and folders whose pictures are taken, not those of folders in them
 * @param out where the results go
 * @throws UserError where a place is not there or holds none, or two photographs would have results of one name
 */
export async function findPhotographs(
  places: readonly string[],
  out: string,
): Promise<PhotographFile[]> {
  if (places.length === 0)
    throw new UserError(
      'age: expected photographs or folders of some, got none. For example: ipcgan age me.jpg --to=50+',
    );
  const found = new Map<string, string>();
  for (const place of places)
    for (const file of await picturesOf(place, out)) {
      const real = realPathOf(file);
      if (!found.has(real)) found.set(real, file);
    }
  const byName = new Map<string, string>();
  return [...found.values()].map((file) => {
    const stem = path.parse(file).name;
    const other = byName.get(sameName(stem));
    if (other !== undefined)
      throw new UserError(
        `age: expected photographs of different names, got ${other} and ${file}, whose results would overwrite each other. Rename one, or age them one after the other with --out of their own.`,
      );
    byName.set(sameName(stem), file);
    return { file, stem };
  });
}
