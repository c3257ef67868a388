/** @file The company that a face is normalised with where batch norm goes by the batch: the first 31 training pictures, as the original's test has it. */

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { loadTestImages } from '../data/batches';
import { PICTURE, UNREAD_ADVICE, UNREAD_PICTURE } from '../data/sources/scan';
import { tf } from '../engine/tf';
import { UserError } from '../errors';

/** The original's test adds so many training pictures to each picture. */
const COMPANIONS = 31;

/** Whether an entry is a folder, or a link to one. */
const isFolder = (folder: string, entry: Dirent): Promise<boolean> =>
  entry.isSymbolicLink()
    ? stat(path.join(folder, entry.name)).then(
        (target) => target.isDirectory(),
        () => false,
      )
    : Promise.resolve(entry.isDirectory());

/** Names of the pictures of a folder, sorted by code point as the fixtures are. @throws UserError when there is none */
export async function pictureNames(folder: string, flag: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new UserError(
      `${flag}: expected a folder of pictures, got ${folder} (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  });
  const called = entries.filter(({ name }) => PICTURE.test(name) && !name.startsWith('.'));
  const folders = await Promise.all(called.map((entry) => isFolder(folder, entry)));
  const names = called.flatMap(({ name }, i) => (folders[i] === true ? [] : [name])).sort();
  if (names.length === 0) {
    const [first] = await passedOver(folder);
    throw new UserError(
      `${flag}: expected a folder of pictures, got ${folder}, which holds none. ${first ?? 'Put aligned face crops there'}.`,
    );
  }
  return names;
}

/** What of a folder {@link pictureNames} passes over although it is a picture, or holds some: a line each, with the reason. */
export async function passedOver(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = entries.map(async (entry): Promise<string[]> => {
    const file = path.join(folder, entry.name);
    if (!(await isFolder(folder, entry)))
      return UNREAD_PICTURE.test(entry.name) ? [`${file}: ${UNREAD_ADVICE}`] : [];
    const inside = await readdir(file, { recursive: !entry.isSymbolicLink() }).catch(() => []);
    const count = inside.filter((name) => PICTURE.test(name) || UNREAD_PICTURE.test(name)).length;
    return count === 0
      ? []
      : [
          `${file}: a folder of ${count} pictures, which are not looked at: name it as --test_data_dir`,
        ];
  });
  return (await Promise.all(lines)).flat();
}

/**
 * Companions of the original's test mode: the first 31 training pictures by name.
 * @param all names of the training pictures, in order
 * @param flag what gave the folder, for errors
 * @returns [31,S,S,3], RGB 0..255 minus the mean; the caller disposes
 */
export async function companionsOf(
  folder: string,
  all: readonly string[],
  imageSize: number,
  flag: string,
): Promise<tf.Tensor4D> {
  const names = all.slice(0, COMPANIONS);
  if (names.length < COMPANIONS)
    throw new UserError(
      `${flag}: expected ${COMPANIONS} pictures in ${folder}, got ${names.length}. Add some, or use the moving averages (--batch_norm=moving).`,
    );
  const files = names.map((name) => path.join(folder, name));
  return tf.tensor4d(await loadTestImages(files, imageSize), [
    names.length,
    imageSize,
    imageSize,
    3,
  ]);
}

/** The same of a folder. */
export const loadCompanions = async (
  folder: string,
  imageSize: number,
  flag: string,
): Promise<tf.Tensor4D> => companionsOf(folder, await pictureNames(folder, flag), imageSize, flag);
