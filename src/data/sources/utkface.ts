/** @file UTKFace's aligned and cropped faces: `AGE_gender_race_date.jpg`, nobody named, the face fills the picture. */

import { scanNamedFaces } from './scan';
import type { ParsedName } from './scan';
import type { FaceSource, Gender } from './source';

/** What stands for each in a name. */
const GENDER_OF: Readonly<Record<string, Gender>> = { 0: 'male', 1: 'female' };

/** Reads `AGE_GENDER_RACE_DATE.jpg`; some names lack gender or race, and where one of both is there nobody can tell which. */
export function parseUtkFaceName(base: string): ParsedName | null {
  const [, age, labels = ''] = /^(\d{1,3})_((?:\d+_){0,2})\d{10,}\./.exec(base) ?? [];
  if (age === undefined) return null;
  const [gender = '', race] = labels.split('_');
  const known = race ? GENDER_OF[gender] : undefined;
  return { age: Number(age), identity: null, ...(known ? { gender: known } : {}) };
}

/** The folder of the download. */
export const utkFaceSource = (folder: string): FaceSource => ({
  kind: 'utkface',
  rootFolder: folder,
  isTight: true,
  list: () => scanNamedFaces(folder, parseUtkFaceName, 'AGE_GENDER_RACE_DATE.jpg'),
});
