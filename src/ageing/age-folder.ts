/** @file Ages every face of a folder of crops: the original's five files a picture, and a contact sheet of them all. */

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { realPathOf } from '../files/real-path';
import { decodeImage, encodeJpeg, encodePng } from '../images/image';
import type { AgedFace, Ager } from './ager';
import { pictureNames } from './companions';
import { ContactSheet, SHEET_FILE } from './contact-sheet';
import { resultNames } from './result-names';
import type { RgbImage } from '../images/pixels';

/** Which folder is aged, and how. */
export interface AgeFolderSettings {
  readonly testDir: string;
  readonly saveDir: string;
  /** Age groups to show everybody at. */
  readonly groups: readonly number[];
  /** Whether the masks are written and shown beside the pictures. */
  readonly showMask: boolean;
}

/** What came of it. */
export interface AgedFolder {
  readonly pictures: number;
  readonly contactSheet: string;
  /** Pictures that could not be read, with the reason. */
  readonly skipped: readonly string[];
  /** Crops that are not square, which the generator saw squeezed into a square, as in the original. */
  readonly squeezed: readonly string[];
  /** Inputs whose results are called otherwise, since those of another input have their name. */
  readonly renamed: readonly { readonly name: string; readonly results: string }[];
}

/** Called with the number of finished pictures, and of all. */
export type OnPicture = (done: number, total: number) => void;

/** Pictures aged at a time. */
export const BATCH = 8;

/** PNG stays PNG; everything else becomes JPEG under its old name, as the original writes it. */
export const encodeLike = (name: string, image: RgbImage): Promise<Buffer> =>
  /\.png$/i.test(name) ? encodePng(image) : encodeJpeg(image);

/** @throws UserError where masks are asked for that are not there */
export function checkMask(
  { hasMask, label }: Pick<Ager, 'hasMask' | 'label'>,
  showMask: boolean,
): void {
  if (showMask && !hasMask)
    throw new UserError(
      `--show_mask: expected a generator that has a mask (--generator=masked), got ${label}, which has none. Leave it out.`,
    );
}

/** @throws UserError when results would overwrite the inputs, or masks are asked for that are not there */
export function checkSettings(
  ager: Pick<Ager, 'hasMask' | 'label'>,
  { testDir, saveDir, showMask }: AgeFolderSettings,
): void {
  checkMask(ager, showMask);
  if (realPathOf(testDir) === realPathOf(saveDir)) {
    throw new UserError(
      `--save_dir: expected another folder than --test_data_dir, got ${saveDir} for both. The inputs would be overwritten.`,
    );
  }
}

/** The sheet of a folder's faces at their groups. */
export const sheetOf = ({ groupNames }: Ager, groups: readonly number[]): ContactSheet =>
  new ContactSheet(['input', ...groups.map((group) => groupNames[group] ?? '')]);

/** A face's pictures as NAME_G.jpg, and its masks as NAME_G_mask.jpg where they are asked for. */
export async function writePictures(
  { saveDir, showMask }: AgeFolderSettings,
  name: string,
  { pictures }: AgedFace,
): Promise<void> {
  const write = async (file: string, image: RgbImage): Promise<void> =>
    writeFile(path.join(saveDir, file), await encodeJpeg(image));
  for (const { group, image, mask } of pictures) {
    await write(`${name}_${group}.jpg`, image);
    if (showMask && mask) await write(`${name}_${group}_mask.jpg`, mask);
  }
}

/** A face's row on the sheet, and one of its masks below where they are asked for. */
export async function addToSheet(
  sheet: ContactSheet,
  { showMask }: AgeFolderSettings,
  label: string,
  input: RgbImage,
  { pictures }: AgedFace,
): Promise<void> {
  await sheet.add(label, [input, ...pictures.map(({ image }) => image)]);
  if (showMask)
    await sheet.add(`${label}: mask`, [input, ...pictures.flatMap(({ mask }) => mask ?? [])]);
}

/** Names of the files that {@link writePictures} writes. */
export const pictureFiles = (
  { groups, showMask }: AgeFolderSettings,
  name: string,
): readonly string[] =>
  groups.flatMap((group) => [
    `${name}_${group}.jpg`,
    ...(showMask ? [`${name}_${group}_mask.jpg`] : []),
  ]);

/** Inputs whose results are called otherwise. */
export const renamedOf = (
  names: readonly string[],
  results: readonly string[],
): AgedFolder['renamed'] =>
  names.flatMap((name, i) => (results[i] === name ? [] : [{ name, results: results[i] ?? name }]));

/**
 * Writes for every picture the input as NAME and `NAME_G.jpg` for each group G asked for, S × S, quality 95; and `contact-sheet.png`.
 * @throws UserError when the folder is empty or holds no readable picture, or when results would overwrite it
 */
export async function ageFolder(
  ager: Ager,
  settings: AgeFolderSettings,
  onPicture: OnPicture,
): Promise<AgedFolder> {
  checkSettings(ager, settings);
  const { testDir, saveDir, groups } = settings;
  const names = await pictureNames(testDir, '--test_data_dir');
  await mkdir(saveDir, { recursive: true });
  const sheet = sheetOf(ager, groups);
  const results = resultNames(names, (name) => [name, ...pictureFiles(settings, name)], [
    SHEET_FILE,
  ]);
  const resultOf = new Map(names.map((name, i) => [name, results[i] ?? name]));
  const skipped: string[] = [];
  const squeezed: string[] = [];
  for (let start = 0; start < names.length; start += BATCH) {
    const read = await Promise.all(
      names.slice(start, start + BATCH).map((name) =>
        decodeImage(path.join(testDir, name)).then(
          (image) => ({ name, image }),
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        ),
      ),
    );
    const pictures = read.filter((one) => typeof one !== 'string');
    skipped.push(...read.filter((one) => typeof one === 'string'));
    const faces = await ager.ageCrops(
      pictures.map(({ image }) => image),
      groups,
    );
    for (const [i, { name, image }] of pictures.entries()) {
      const face = faces[i] as AgedFace;
      const result = resultOf.get(name) ?? name;
      if (image.width !== image.height) squeezed.push(`${name} (${image.width} x ${image.height})`);
      await writeFile(path.join(saveDir, result), await encodeLike(name, face.input));
      await writePictures(settings, result, face);
      await addToSheet(sheet, settings, name, image, face);
    }
    onPicture(Math.min(start + BATCH, names.length), names.length);
  }
  if (skipped.length === names.length)
    throw new UserError(
      `--test_data_dir: expected readable pictures in ${testDir}, got ${skipped.length} that are not: ${skipped[0] ?? ''}`,
    );
  return {
    pictures: names.length - skipped.length,
    contactSheet: await sheet.write(saveDir),
    skipped,
    squeezed,
    renamed: renamedOf(names, results),
  };
}
