/** @file Looks at listed pictures before anything is made of them: a night's work should not meet a bad one. */

import path from 'node:path';
import { decodeImage, headerProblem } from '../images/image';
import type { ListedEntry } from './lists';
import { problemsError } from './lists';

/** A list, and the pictures that it names. */
export interface PictureList {
  /** Path of the list, for messages. */
  readonly file: string;
  readonly entries: readonly Pick<ListedEntry, 'name' | 'line'>[];
}

/** Pictures looked at side by side: enough to hide a network's delay, few enough for the limit on open files. */
const AT_ONCE = 32;

/** Pictures decoded side by side: their pixels are held at a time. */
const DECODED_AT_ONCE = 4;

/** Calls `work` for every item, so many at a time. */
async function forEachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Every place that names a picture, by the picture's name, in the order of the lists. */
function placesByName(lists: readonly PictureList[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const { file, entries } of lists)
    for (const { name, line } of entries) {
      const known = places.get(name) ?? [];
      places.set(name, [...known, `${path.basename(file)} line ${line}`]);
    }
  return places;
}

async function expectNone(
  lists: readonly PictureList[],
  rootFolder: string,
  atOnce: number,
  problemOf: (file: string) => Promise<string | null>,
): Promise<void> {
  const places = placesByName(lists);
  const names = [...places.keys()];
  const found = new Map<string, string>();
  await forEachOf(names, atOnce, async (name) => {
    const problem = await problemOf(path.join(rootFolder, name));
    if (problem !== null) found.set(name, problem);
  });
  const problems = names.flatMap((name) => {
    const problem = found.get(name);
    return problem === undefined
      ? []
      : [`'${name}' (${(places.get(name) ?? []).join(', ')}): ${problem}`];
  });
  if (problems.length > 0)
    throw problemsError(
      rootFolder,
      'whole pictures',
      problems,
      'Replace them, or remove these lines.',
    );
}

/**
 * Reads the first bytes of every listed picture, each once: some 50 µs a picture on a local disk.
 * @throws UserError naming the first five that are empty, unreadable or no pictures, with every line that names them
 */
export const checkHeaders = (lists: readonly PictureList[], rootFolder: string): Promise<void> =>
  expectNone(lists, rootFolder, AT_ONCE, headerProblem);

/**
 * Decodes every listed picture, each once, in sharp's threads.
 * @param onProgress called with how many are done
 * @throws UserError naming the first five that are not whole, with every line that names them
 */
export async function checkWhole(
  lists: readonly PictureList[],
  rootFolder: string,
  onProgress: (done: number) => void,
): Promise<void> {
  let done = 0;
  await expectNone(lists, rootFolder, DECODED_AT_ONCE, async (file) => {
    const problem = await decodeImage(file).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    onProgress(++done);
    return problem;
  });
}
