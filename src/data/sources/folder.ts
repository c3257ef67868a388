/** @file A folder of photographs whose names begin with the age, as those of CACD and UTKFace do. */

import { scanNamedFaces } from './scan';
import type { ParsedName } from './scan';
import type { FaceSource } from './source';

/**
 * Reads `AGE_First_Last_NNNN.jpg` (age and person, from both ends) or `AGE_anything.jpg` (age alone).
 * @returns null when no age stands at the beginning
 */
export function parseFaceName(base: string): ParsedName | null {
  const age = /^(\d{1,3})_/.exec(base)?.[1];
  if (age === undefined) return null;
  const person = /^\d+_(.+?)_\d{4,5}\./.exec(base)?.[1] ?? '';
  // UTKFace has digits there: gender, race
  return { age: Number(age), identity: /\p{L}/u.test(person) ? person : null };
}

/** All pictures under a folder. */
export const folderSource = (folder: string): FaceSource => ({
  kind: 'folder',
  rootFolder: folder,
  isTight: false,
  list: () => scanNamedFaces(folder, parseFaceName, 'AGE_….jpg'),
});
