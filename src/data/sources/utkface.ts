/** @file UTKFace's aligned and cropped faces: `AGE_gender_race_date.jpg`, nobody named, the face fills the picture. */

import { scanNamedFaces } from './scan';
import type { ParsedName } from './scan';
import type { FaceSource, Gender } from './source';

/** What stands for each in a name. */
const GENDER_OF: Readonly<Record<string, Gender>> = { 0: 'male', 1: 'female' };

const RACE_OF: Readonly<Record<string, string>> = {
  0: 'white',
  1: 'black',
  2: 'asian',
  3: 'indian',
  4: 'other',
};

/**
 * Reads `AGE_GENDER_RACE_DATE.jpg`. As it was published, some names lack a field, have an empty one, or a space or no dot before `jpg`;
 * the age stands in front of them all. Where one of gender and race is missing nobody can tell which.
 */
export function parseUtkFaceName(base: string): ParsedName | null {
  const [, age, labels = ''] =
    /^\s*(\d{1,3})\s*_((?:\s*\d*\s*_){0,3})\s*\d{8,}(?!\d)/.exec(base) ?? [];
  if (age === undefined) return null;
  const [genderDigit = '', raceDigit = ''] = labels.split('_').map((label) => label.trim());
  const gender = raceDigit === '' ? undefined : GENDER_OF[genderDigit];
  const race = genderDigit === '' ? undefined : RACE_OF[raceDigit];
  return {
    age: Number(age),
    identity: null,
    ...(gender === undefined ? {} : { gender }),
    ...(race === undefined ? {} : { race }),
  };
}

/** The folder of the download. */
export const utkFaceSource = (folder: string): FaceSource => ({
  kind: 'utkface',
  rootFolder: folder,
  isTight: true,
  list: () => scanNamedFaces(folder, parseUtkFaceName, 'AGE_GENDER_RACE_DATE.jpg'),
});
