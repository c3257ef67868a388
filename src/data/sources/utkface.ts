/** @file UTKFace's aligned and cropped faces: `AGE_gender_race_date.jpg`, nobody named, the face fills the picture. */

import { scanNamedFaces } from './scan';
import type { ParsedName } from './scan';
import type { FaceSource } from './source';

/** Reads `AGE_…_DATE.jpg`; some names lack gender or race. */
export function parseUtkFaceName(base: string): ParsedName | null {
  const age = /^(\d{1,3})_(?:\d+_){0,2}\d{10,}\./.exec(base)?.[1];
  return age === undefined ? null : { age: Number(age), identity: null };
}

/** The folder of the download. */
export const utkFaceSource = (folder: string): FaceSource => ({
  kind: 'utkface',
  rootFolder: folder,
  isTight: true,
  list: () => scanNamedFaces(folder, parseUtkFaceName, 'AGE_GENDER_RACE_DATE.jpg'),
});
