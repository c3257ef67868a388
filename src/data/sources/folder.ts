/** @file A folder of aligned crops whose file names begin with the age, as those of CACD and UTKFace do. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import type { FaceRecord, FaceSource, Rejection } from './source';

const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|bmp)$/i;
const OLDEST = 120;

/** What a file name tells. */
export type ParsedName = Pick<FaceRecord, 'age' | 'identity'>;

/**
 * Reads `AGE_First_Last_NNNN.jpg` (CACD: age and person) or `AGE_anything.jpg` (UTKFace: age alone).
 * @returns null when no age from 0 to 120 stands at the beginning
 */
export function parseFaceName(name: string): ParsedName | null {
  const base = path.posix.basename(name);
  const age = Number(/^(\d{1,3})_/.exec(base)?.[1] ?? NaN);
  if (!(age <= OLDEST)) return null;
  const person = /^\d+_(.+?)_\d{4,5}\./.exec(base)?.[1] ?? '';
  // UTKFace has digits there: gender, race
  return { age, identity: /\p{L}/u.test(person) ? person : null };
}

async function fileNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new UserError(`--images: expected a folder of pictures, got ${folder} (${String(cause)})`, { cause });
  });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')).sort();
}

function classify(name: string): FaceRecord | Rejection {
  const shown = name.replace(/[\r\n]/g, '?');
  if (!PICTURE.test(name)) return { name: shown, reason: 'not a picture', detail: `ends in ${path.extname(shown) || 'nothing'}` };
  if (/[\r\n\ufffd]/.test(name)) return { name: shown, reason: 'name', detail: 'a list line cannot hold it: line break or invalid UTF-8' };
  const parsed = parseFaceName(name);
  return parsed ? { name, ...parsed } : { name, reason: 'no age', detail: 'its name does not begin with AGE_' };
}

/** All pictures under a folder, in the order of their names. */
export function folderSource(folder: string): FaceSource {
  return {
    kind: 'folder',
    rootFolder: folder,
    list: async () => {
      const found = (await fileNames(folder)).map(classify);
      const isRejection = (item: FaceRecord | Rejection): item is Rejection => 'reason' in item;
      return { records: found.filter((item): item is FaceRecord => !isRejection(item)), rejected: found.filter(isRejection) };
    },
  };
}
