/** @file All files under a folder: pictures, and what is none with the reason. */

import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import type { FaceList, FaceRecord, Rejection } from './source';

/** Names of files that are pictures; some of UTKFace's have a space before the dot, or no dot. */
export const PICTURE = /(?:\.|(?<=\d))\s*(?:jpe?g|jpe|jfif|pjpeg|png|webp|gif|tiff?|bmp|avif)\s*$/i;
/** Names of pictures in formats that are not read, and what to do with them. */
export const UNREAD_PICTURE =
  /\.(?:heic|heif|hif|jxl|jp2|j2k|raw|dng|cr[23]|nef|arw|orf|rw2|raf|psd)\s*$/i;
export const UNREAD_ADVICE = 'it is not read: save it as JPEG or PNG';
const OLDEST = 120;
const ENTRIES_AT_A_TIME = 256;

/** A file found, by its path relative to the folder. */
export type FoundFile = Pick<FaceRecord, 'name' | 'rawName'>;

/** What a file's name tells of the face; null when it tells no age. */
export type ParsedName = Pick<FaceRecord, 'age' | 'identity' | 'gender' | 'race'>;

/** Text for a report: a name may hold line breaks and worse. */
export const shownName = (name: string): string => name.replace(/[\u0000-\u001f\u007f]/g, '?');

/** UTF-8 where it is that; every byte a letter of Latin-1 where not, as on old discs of CACD. */
function decodeName(bytes: Buffer): FoundFile {
  if (isUtf8(bytes)) return { name: bytes.toString('utf8') };
  const latin1 = bytes.toString('latin1');
  return { name: latin1, rawName: latin1 };
}

const inside = (folder: FoundFile | null, file: FoundFile): FoundFile => {
  if (folder === null) return file;
  const name = `${folder.name}/${file.name}`;
  if (folder.rawName === undefined && file.rawName === undefined) return { name };
  const bytes = ({ name: utf8, rawName }: FoundFile): string =>
    rawName ?? Buffer.from(utf8).toString('latin1');
  return { name, rawName: `${bytes(folder)}/${bytes(file)}` };
};

const bytesOf = (root: string, found: FoundFile | null): Buffer =>
  Buffer.concat([
    Buffer.from(root),
    ...(found
      ? [
          Buffer.from('/'),
          Buffer.from(found.rawName ?? found.name, found.rawName ? 'latin1' : 'utf8'),
        ]
      : []),
  ]);

/** Whether something that was found cannot be used. */
export const isRejection = (item: FoundFile | Rejection): item is Rejection => 'reason' in item;

const reasonOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause);

/** Entries of a folder, a few in memory at a time; their names as bytes, which Node gives though its types say otherwise. */
const openFolder = async (folder: Buffer): Promise<AsyncIterable<Dirent<Buffer>>> =>
  (await opendir(folder, {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: ENTRIES_AT_A_TIME,
  })) as AsyncIterable<unknown> as AsyncIterable<Dirent<Buffer>>;

/** What an entry is that is no folder: a file, or what is wrong with it. */
async function lookAt(
  root: string,
  entry: Dirent<Buffer>,
  found: FoundFile,
): Promise<FoundFile | Rejection> {
  const rejected = (reason: string, detail: string): Rejection => ({
    name: shownName(found.name),
    reason,
    detail,
  });
  if (entry.isFile()) return found;
  if (!entry.isSymbolicLink()) return rejected('not a picture', 'no ordinary file');
  const target = await stat(bytesOf(root, found)).catch((cause: unknown) => reasonOf(cause));
  if (typeof target === 'string')
    return rejected('unreadable', `a link that leads nowhere: ${target}`);
  // a folder may lead back to where it stands
  return target.isFile() ? found : rejected('link', 'links to folders are not followed');
}

async function* walk(
  root: string,
  folder: FoundFile | null,
  flag: string,
): AsyncGenerator<FoundFile | Rejection> {
  try {
    for await (const entry of await openFolder(bytesOf(root, folder))) {
      if (entry.name[0] === '.'.charCodeAt(0)) continue;
      const found = inside(folder, decodeName(entry.name));
      if (entry.isDirectory()) yield* walk(root, found, flag);
      else yield await lookAt(root, entry, found);
    }
  } catch (cause) {
    // anything else is a bug
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    if (folder === null)
      throw new UserError(
        `${flag}: expected a folder of pictures, got ${root} (${String(cause)})`,
        { cause },
      );
    yield {
      name: shownName(folder.name),
      reason: 'unreadable',
      detail: `a folder that cannot be read: ${reasonOf(cause)}`,
    };
  }
}

/**
 * Files under a folder, and what is none with the reason, in the order in which the file system has them; hidden ones (a dot in front) are
 * not looked at. However many there are, few are in memory at a time.
 * @param flag what gave the folder, for errors
 * @throws UserError when there is no such folder
 */
export const filesUnder = (root: string, flag: string): AsyncGenerator<FoundFile | Rejection> =>
  walk(root, null, flag);

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** Age and person, or why the name does not do. */
function classify(
  file: FoundFile,
  parse: (name: string) => ParsedName | null,
  pattern: string,
): FaceRecord | Rejection {
  if (!PICTURE.test(file.name))
    return {
      name: shownName(file.name),
      reason: UNREAD_PICTURE.test(file.name) ? 'format' : 'not a picture',
      detail: `${UNREAD_PICTURE.test(file.name) ? `${UNREAD_ADVICE}; ` : ''}ends in ${shownName(path.extname(file.name)) || 'nothing'}`,
    };
  const parsed = parse(path.posix.basename(file.name));
  if (parsed === null)
    return { name: shownName(file.name), reason: 'no age', detail: `its name is not ${pattern}` };
  if (parsed.age > OLDEST)
    return { name: shownName(file.name), reason: 'no age', detail: `${parsed.age} is no age` };
  return { ...file, ...parsed };
}

/** Files under a folder by name; hidden ones (a dot in front) are not looked at. @throws UserError when there is no such folder */
export async function scanFolder(
  root: string,
): Promise<{ readonly files: readonly FoundFile[]; readonly rejected: readonly Rejection[] }> {
  const files: FoundFile[] = [];
  const rejected: Rejection[] = [];
  for await (const one of filesUnder(root, '--images'))
    if (isRejection(one)) rejected.push(one);
    else files.push(one);
  return { files: files.sort(byName), rejected: rejected.sort(byName) };
}

/**
 * All pictures under a folder whose names tell the age, in the order of their names.
 * @param pattern how names are expected to look, for the reasons
 */
export async function scanNamedFaces(
  root: string,
  parse: (name: string) => ParsedName | null,
  pattern: string,
): Promise<FaceList> {
  const { files, rejected } = await scanFolder(root);
  const found = files.map((file) => classify(file, parse, pattern));
  return {
    records: found.filter((item): item is FaceRecord => !isRejection(item)),
    rejected: [...rejected, ...found.filter(isRejection)],
  };
}
