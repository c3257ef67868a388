/** @file FG-NET: 82 people at many ages, `NNNAMM.JPG` with person NNN and age MM, and a letter where one age has several. */

import { scanNamedFaces } from './scan';
import type { ParsedName } from './scan';
import type { FaceSource } from './source';

/** Reads `001A43a.JPG`. */
export function parseFgNetName(base: string): ParsedName | null {
  const [, person, age] = /^(\d{3})A(\d{2})[a-z]?\./i.exec(base) ?? [];
  return person === undefined || age === undefined ? null : { age: Number(age), identity: person };
}

/** The folder of the download. */
export const fgNetSource = (folder: string): FaceSource => ({
  kind: 'fgnet',
  rootFolder: folder,
  isTight: false,
  list: () => scanNamedFaces(folder, parseFgNetName, 'NNNAMM.JPG'),
});
