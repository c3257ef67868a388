/** @file Many pictures, of a folder and the folders in it or of a list: named one after the other, never all in memory. */

import { existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import { sha256Of } from '../../files/digest';
import { isWithin, realPathOf } from '../../files/real-path';
import { pathOfRecord } from '../../data/sources/source';
import {
  filesUnder,
  isRejection,
  PICTURE,
  UNREAD_ADVICE,
  UNREAD_PICTURE,
} from '../../data/sources/scan';

/** A picture. */
export interface NamedPicture {
  /** 16 hexadecimal digits that follow from the name alone: the same in every part, run and machine. */
  readonly id: string;
  /** Its path, relative to the source's root where it is not absolute. */
  readonly name: string;
  /** Where it lies, as the file system takes it. */
  readonly file: string | Buffer;
  /** Why it cannot be aged, as far as its name says; null where it says nothing. */
  readonly problem: string | null;
}

/** Where pictures come from. */
export interface PictureSource {
  /** What names are relative to: an absolute path, links followed. */
  readonly root: string;
  /** What the user named. */
  readonly label: string;
  /** All of them, in an order that may be another next time; one that is named twice comes twice. */
  readonly pictures: () => AsyncIterable<NamedPicture>;
}

const ID_DIGITS = 16;
/** Digits of an id that decide whose part a picture is. */
const SHARD_DIGITS = 8;

/** @param bytes of the name */
const idOf = (bytes: Uint8Array): string => sha256Of(bytes).slice(0, ID_DIGITS);

/**
 * Number, from 1, of the shard whose part a picture is. It follows from the name, so that nobody needs to know the other names, and is as good
 * as drawn by lot: parts of a thousand pictures differ by some thirty.
 */
export const shardOf = (id: string, count: number): number =>
  (Number.parseInt(id.slice(0, SHARD_DIGITS), 16) % count) + 1;

async function* picturesUnder(folder: string, flag: string): AsyncGenerator<NamedPicture> {
  for await (const found of filesUnder(folder, flag)) {
    if (isRejection(found)) {
      const { name, detail } = found;
      const file = path.join(folder, name);
      yield { id: idOf(Buffer.from(name)), name, file, problem: `${name}: ${detail}` };
      continue;
    }
    const { name, rawName } = found;
    const isUnread = UNREAD_PICTURE.test(name);
    if (!isUnread && !PICTURE.test(name)) continue;
    yield {
      id: idOf(Buffer.from(rawName ?? name, rawName === undefined ? 'utf8' : 'latin1')),
      name,
      file: pathOfRecord(folder, found),
      problem: isUnread ? `${name}: ${UNREAD_ADVICE}` : null,
    };
  }
}

async function* picturesOfList(list: string): AsyncGenerator<NamedPicture> {
  const folder = path.dirname(list);
  const handle = await open(list);
  try {
    for await (const line of handle.readLines({ encoding: 'utf8' })) {
      const text = line.replace(/^\ufeff/, '');
      if (text.trim() === '') continue;
      const name = path.normalize(text);
      yield { id: idOf(Buffer.from(name)), name, file: path.resolve(folder, name), problem: null };
    }
  } finally {
    await handle.close();
  }
}

/** @throws UserError where results among the pictures would be aged next time */
function checkApart(folder: string, out: string, flag: string): void {
  if (isWithin(out, folder))
    throw new UserError(
      `${flag}: expected a directory outside of the pictures', got ${out}, which is in ${folder}. The results would be aged next time.`,
    );
}

/**
 * The pictures of a folder and of all folders in it; files that are none are passed over, pictures in formats that are not read are not.
 * @param out where the results go
 * @param flags what gave the folder and the place of the results, for errors
 * @throws UserError where there is no folder, or the results would be in it
 */
export function folderOfPictures(
  folder: string,
  out: string,
  flags: { readonly folder: string; readonly out: string },
): PictureSource {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UserError(
      `${flags.folder}: expected a folder of pictures, got ${folder}, which is ${existsSync(folder) ? 'none' : 'not there'}. Files are named by --list.`,
    );
  checkApart(folder, out, flags.out);
  const root = realPathOf(folder);
  return { root, label: folder, pictures: () => picturesUnder(root, flags.folder) };
}

/**
 * The pictures that a text file names, a path a line, in UTF-8; a path that is not absolute is relative to the file's folder.
 * @throws UserError where there is no file
 */
export function listOfPictures(list: string): PictureSource {
  if (!existsSync(list) || !statSync(list).isFile())
    throw new UserError(
      `--list: expected a text file with the path of a picture on each line, got ${list}, which is ${existsSync(list) ? 'none' : 'not there'}. Check the path.`,
    );
  const file = realPathOf(list);
  return { root: path.dirname(file), label: list, pictures: () => picturesOfList(file) };
}
