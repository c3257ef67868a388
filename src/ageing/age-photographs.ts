/** @file Ages every face of a folder of photographs of any kind: found, aligned like the training data, aged, and pasted back. */

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import type { FaceChoice } from '../faces/align';
import { decodeImage, encodeJpeg } from '../images/image';
import {
  addToSheet,
  checkSettings,
  pictureFiles,
  renamedOf,
  sheetOf,
  writePictures,
} from './age-folder';
import type { AgedFolder, AgeFolderSettings, OnPicture } from './age-folder';
import { pasteFaces } from './ager';
import type { AgedFace, Ager } from './ager';
import { pictureNames } from './companions';
import { SHEET_FILE } from './contact-sheet';
import { resultNames } from './result-names';
import type { RgbImage } from '../images/pixels';

/** Which faces of the photographs are aged. */
export interface AgePhotographsSettings extends AgeFolderSettings {
  readonly face: FaceChoice;
  /** In pixels of the photograph. */
  readonly minFace: number;
}

/** Crops as NAME_faceK.jpg and NAME_faceK_G.jpg, and the photograph with all its faces at group G as NAME_G.jpg. */
async function writePhotograph(
  name: string,
  photograph: RgbImage,
  faces: readonly AgedFace[],
  settings: AgeFolderSettings,
): Promise<void> {
  const { saveDir, groups } = settings;
  const write = async (file: string, image: RgbImage): Promise<void> =>
    writeFile(path.join(saveDir, file), await encodeJpeg(image));
  for (const [i, face] of faces.entries()) {
    await write(`${name}_face${i + 1}.jpg`, face.input);
    await writePictures(settings, `${name}_face${i + 1}`, face);
  }
  for (const group of groups)
    await write(`${name}_${group}.jpg`, await pasteFaces(photograph, faces, group));
}

/**
 * Ages the faces of all photographs of a folder, and writes `contact-sheet.png` with a row for each face.
 * @throws UserError when the folder holds no photograph with a face, or when results would overwrite it
 */
export async function agePhotographs(
  ager: Ager,
  settings: AgePhotographsSettings,
  onPicture: OnPicture,
): Promise<AgedFolder> {
  checkSettings(ager, settings);
  const { testDir, saveDir, groups, face, minFace } = settings;
  const names = await pictureNames(testDir, '--test_data_dir');
  await mkdir(saveDir, { recursive: true });
  const sheet = sheetOf(ager, groups);
  // faces are counted when they are found: no other input may be called like one of any number
  const results = resultNames(
    names.map((name) =>
      names.some((other) => name.startsWith(`${other}_face`)) ? `~${name}` : name,
    ),
    (name) => [name, ...pictureFiles(settings, name)],
    [SHEET_FILE],
  );
  const skipped: string[] = [];
  for (const [i, name] of names.entries()) {
    const file = path.join(testDir, name);
    try {
      const photograph = await decodeImage(file);
      const faces = await ager.age(photograph, { groups, face, minFace, name: file });
      await writePhotograph(results[i] ?? name, photograph, faces, settings);
      for (const [k, one] of faces.entries()) {
        const label = faces.length > 1 ? `${k + 1}: ${name}` : name;
        await addToSheet(sheet, settings, label, one.input, one);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      skipped.push(error.message);
    }
    onPicture(i + 1, names.length);
  }
  if (skipped.length === names.length)
    throw new UserError(
      `--test_data_dir: expected photographs with faces in ${testDir}, got ${skipped.length} without: ${skipped[0] ?? ''}`,
    );
  return {
    pictures: names.length - skipped.length,
    contactSheet: await sheet.write(saveDir),
    skipped,
    squeezed: [],
    renamed: renamedOf(names, results),
  };
}
