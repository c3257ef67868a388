/** @file UTKFace's aligned and cropped faces: `AGE_gender_race_date.jpg`, nobody named, the face fills the picture. */

import { scanNamedFaces } from './scan';
import type { ParsedName } from './scan';
import type { FaceSource } from './source';

/**
 * Reads `AGE_GENDER_RACE_DATE.jpg`. As it was published, some names lack a field, have an empty one, or a space or no dot before `jpg`;
 * the age stands in front of them all.
 */
export function parseUtkFaceName(base: string): ParsedName | null {
  const age = /^\s*(\d{1,3})\s*_(?:\s*\d*\s*_){0,3}\s*\d{10,}(?!\d)/.exec(base)?.[1];
  return age === undefined ? null : { age: Number(age), identity: null };
}

/** The folder of the download. */
export const utkFaceSource = (folder: string): FaceSource => ({
  kind: 'utkface',
  rootFolder: folder,
  isTight: true,
  list: () => scanNamedFaces(folder, parseUtkFaceName, 'AGE_GENDER_RACE_DATE.jpg'),
});
