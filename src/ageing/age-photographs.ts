/** @file Ages every face of photographs of any kind: found, aligned like the training data, aged, and pasted back. */

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tf } from '../engine/tf';
import { UserError } from '../errors';
import type { SheetRow } from './contact-sheet';
import { decodeImage, encodeJpeg, resizeOpenCv, subtractMean } from '../images/image';
import type { RgbImage } from '../images/image';
import { concatenated } from '../data/batches';
import { alignFaces } from '../faces/align';
import type { AlignedFace, AlignSettings } from '../faces/align';
import type { FaceFinder } from '../faces/detect';
import {
  addRow,
  checkFolders,
  loadCompanions,
  pictureNames,
  toImage,
  writeSheet,
} from './age-folder';
import type { AgedFolder, AgeFolderSettings } from './age-folder';
import { ageFaces } from './generate';
import { pasteFace } from '../faces/paste-face';

const square = (data: Uint8Array, size: number): RgbImage => ({ data, width: size, height: size });

/** Every face at every group: pictures by group, then by face. */
async function ageAll(
  generator: tf.LayersModel,
  crops: readonly RgbImage[],
  companions: tf.Tensor4D | null,
  { imageSize, groups }: AgeFolderSettings,
): Promise<RgbImage[][]> {
  const pixels = concatenated(crops.map(({ data }) => subtractMean(data)));
  const sources = tf.tensor4d(pixels, [crops.length, imageSize, imageSize, 3]);
  const aged = groups.map((group) => ageFaces(generator, sources, companions, group));
  const pictures = await Promise.all(
    aged.map((batch) => Promise.all(crops.map((_, i) => toImage(batch, i)))),
  );
  tf.dispose([sources, ...aged]);
  return pictures;
}

/** Crops as NAME_faceK.jpg and NAME_faceK_G.jpg, and the photograph with all its faces at group G as NAME_G.jpg. */
async function writePhotograph(
  name: string,
  photograph: RgbImage,
  faces: readonly AlignedFace[],
  crops: readonly RgbImage[],
  pictures: readonly (readonly RgbImage[])[],
  { saveDir, groups }: AgeFolderSettings,
): Promise<void> {
  const write = async (file: string, image: RgbImage): Promise<void> =>
    writeFile(path.join(saveDir, file), await encodeJpeg(image));
  for (const [i, crop] of crops.entries()) await write(`${name}_face${i + 1}.jpg`, crop);
  for (const [k, group] of groups.entries()) {
    let pasted = photograph;
    for (const [i, { transform }] of faces.entries()) {
      const aged = pictures[k]?.[i];
      if (!aged) continue;
      await write(`${name}_face${i + 1}_${group}.jpg`, aged);
      pasted = await pasteFace(pasted, aged, transform);
    }
    await write(`${name}_${group}.jpg`, pasted);
  }
}

/**
 * Ages the faces of all photographs of a folder, and writes `contact-sheet.png` with a row for each face.
 * @param onPicture called with the number of finished photographs
 * @throws UserError when the folder holds no photograph with a face, or when results would overwrite it
 */
export async function agePhotographs(
  generator: tf.LayersModel,
  finder: FaceFinder,
  settings: AgeFolderSettings,
  align: AlignSettings,
  onPicture: (done: number, total: number) => void,
): Promise<AgedFolder> {
  const { testDir, saveDir, imageSize, ageBounds, companionDir, groups } = settings;
  checkFolders(testDir, saveDir);
  const names = await pictureNames(testDir, '--test_data_dir');
  const companions = companionDir === null ? null : await loadCompanions(companionDir, imageSize);
  await mkdir(saveDir, { recursive: true });
  const [rows, skipped]: [SheetRow[], string[]] = [[], []];
  for (const [i, name] of names.entries()) {
    const photograph = await decodeImage(path.join(testDir, name)).catch(
      (error: unknown) => (error as Error).message,
    );
    const outcome =
      typeof photograph === 'string' ? null : await alignFaces(finder, photograph, align);
    if (typeof photograph === 'string' || outcome === null) skipped.push(photograph as string);
    else if (!('faces' in outcome))
      skipped.push(`${path.join(testDir, name)}: ${outcome.reason}: ${outcome.detail}`);
    else {
      const { faces } = outcome;
      const crops = faces.map(({ crop }) => square(resizeOpenCv(crop, imageSize), imageSize));
      const pictures = await ageAll(generator, crops, companions, settings);
      await writePhotograph(name, photograph, faces, crops, pictures, settings);
      for (const [k, crop] of crops.entries())
        await addRow(rows, {
          label: faces.length > 1 ? `${k + 1}: ${name}` : name,
          images: [crop, ...pictures.flatMap((batch) => batch.slice(k, k + 1))],
        });
    }
    onPicture(i + 1, names.length);
  }
  companions?.dispose();
  if (rows.length === 0)
    throw new UserError(
      `--test_data_dir: expected photographs with faces in ${testDir}, got ${skipped.length} without: ${skipped[0] ?? ''}`,
    );
  return {
    pictures: names.length - skipped.length,
    contactSheet: await writeSheet(saveDir, rows, ageBounds, groups),
    skipped,
  };
}
