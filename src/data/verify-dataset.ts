/** @file Compares a prepared data set with what was written down of it: its lists, its manifest, and every picture. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { sha256Of, sha256OfFile } from '../files/digest';
import { readDataset } from './dataset';
import type { Dataset } from './dataset';
import { LIST_FILES, problemsError, SPLITS } from './lists';
import { MANIFEST_FILE, readManifest } from './manifest';

/** Files whose content makes the content hash of a data set, in its order. */
export const hashedFiles = (groups: number): string[] => [
  ...SPLITS.flatMap((part) => [
    LIST_FILES.sources(part),
    ...Array.from({ length: groups }, (_, group) => LIST_FILES.group(part, group)),
  ]),
  LIST_FILES.pairs,
  MANIFEST_FILE,
];

/** Of texts in the order of {@link hashedFiles}. */
export const contentHashOf = (files: Iterable<readonly [name: string, content: string]>): string =>
  sha256Of(...Array.from(files, ([name, content]) => `${name}\n${content}`));

/** @throws UserError for lists or a manifest that are not what dataset.json says */
async function checkLists({ directory, description, ageBounds }: Dataset): Promise<void> {
  const names = hashedFiles(ageBounds.length + 1);
  const files = await Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const file = path.join(directory, name);
      const text = await readFile(file, 'utf8').catch((cause: unknown) => {
        throw new UserError(
          `${file}: expected a file of the data set, got ${String(cause)}. Prepare the data again.`,
          { cause },
        );
      });
      return [name, text];
    }),
  );
  if (contentHashOf(files) !== description.content_hash)
    throw new UserError(
      `${directory}: expected the lists and the ${MANIFEST_FILE} that its dataset.json was written for, got others. Prepare the data again, or leave --check_data out where you changed them yourself.`,
    );
}

/**
 * Reads every file of a data set.
 * @param rootFolder where its pictures are
 * @throws UserError naming what is not there or not what it was: lists and manifest, or the first five pictures
 */
export async function verifyDataset(directory: string, rootFolder: string): Promise<void> {
  const dataset = await readDataset(directory, rootFolder);
  // data sets of 0.1 were written with lists of two parts
  if (!dataset.isOfTwoParts) await checkLists(dataset);
  const problems: string[] = [];
  for (const { path: name, sha256 } of await readManifest(directory)) {
    const is = await sha256OfFile(path.join(rootFolder, name)).catch((cause: unknown) => cause);
    if (is !== sha256)
      problems.push(`'${name}' ${typeof is === 'string' ? 'has another SHA-256' : String(is)}`);
  }
  if (problems.length > 0)
    throw problemsError(
      path.join(directory, MANIFEST_FILE),
      'the pictures that were prepared',
      problems,
      'Copy them again, or prepare the data again.',
    );
}
