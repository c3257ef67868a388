/** @file Ages every face of a folder: the original's five files a picture, and a contact sheet of them all. */

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../files/durable-write';
import { tf } from '../engine/tf';
import { UserError } from '../errors';
import { ageGroupNames } from '../data/age-groups';
import { loadTestImages } from '../data/batches';
import { contactSheet, toCell } from './contact-sheet';
import type { SheetRow } from './contact-sheet';
import { realPathOf } from '../files/real-path';
import { PICTURE } from '../data/sources/scan';
import { decodeImage, encodeJpeg, encodePng, fromUnitRange, resizeOpenCv } from '../images/image';
import type { RgbImage } from '../images/image';
import { ageFaces } from './generate';

/** How a folder is aged. */
export interface AgeFolderSettings {
  readonly testDir: string;
  readonly saveDir: string;
  /** In pixels. */
  readonly imageSize: number;
  readonly ageBounds: readonly number[];
  /** Folder of the companions for batch statistics, or null for the moving averages. */
  readonly companionDir: string | null;
  /** Age groups to show everybody at. */
  readonly groups: readonly number[];
}

/** What came of it. */
export interface AgedFolder {
  readonly pictures: number;
  readonly contactSheet: string;
  /** Pictures that could not be read, with the reason. */
  readonly skipped: readonly string[];
}

/** The original's test adds so many training pictures to each picture. */
const COMPANIONS = 31;
/** Pictures aged at a time by the moving averages. */
const BATCH = 8;
/** Rows of the contact sheet, beyond which it would not be looked at. */
const MOST_ROWS = 100;
const SHEET_CELL = 128;

/** Names of the pictures of a folder, sorted by code point as the fixtures are. @throws UserError when there is none */
export async function pictureNames(folder: string, flag: string): Promise<string[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw new UserError(
      `${flag}: expected a folder of pictures, got ${folder} (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  });
  const names = entries.filter((name) => PICTURE.test(name) && !name.startsWith('.')).sort();
  if (names.length === 0)
    throw new UserError(
      `${flag}: expected a folder of pictures, got ${folder}, which holds none. Put aligned face crops there.`,
    );
  return names;
}

async function splitReadable(
  folder: string,
  names: readonly string[],
): Promise<{ readable: string[]; skipped: string[] }> {
  const [readable, skipped]: [string[], string[]] = [[], []];
  for (const name of names) {
    const problem = await decodeImage(path.join(folder, name)).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (problem === null) readable.push(name);
    else skipped.push(problem);
  }
  return { readable, skipped };
}

export async function toImage(picture: tf.Tensor4D, index: number): Promise<RgbImage> {
  const [, height, width] = picture.shape;
  const size = height * width * 3;
  const values = (await picture.data()) as Float32Array;
  return { data: fromUnitRange(values.subarray(index * size, (index + 1) * size)), width, height };
}

/** PNG stays PNG; everything else becomes JPEG under its old name, as the original writes it. */
const encodeLike = (name: string, image: RgbImage): Promise<Buffer> =>
  /\.png$/i.test(name) ? encodePng(image) : encodeJpeg(image);

/**
 * Companions of the original's test mode: the first 31 training pictures by name.
 * @param all names of the training pictures, in order
 * @param flag what gave the folder, for errors
 */
export async function companionsOf(
  folder: string,
  all: readonly string[],
  imageSize: number,
  flag: string,
): Promise<tf.Tensor4D> {
  const names = all.slice(0, COMPANIONS);
  if (names.length < COMPANIONS)
    throw new UserError(
      `${flag}: expected ${COMPANIONS} pictures in ${folder}, got ${names.length}. Add some, or use --batch_norm=moving.`,
    );
  return tf.tensor4d(
    await loadTestImages(
      names.map((name) => path.join(folder, name)),
      imageSize,
    ),
    [names.length, imageSize, imageSize, 3],
  );
}

/** The same of a folder. */
export const loadCompanions = async (folder: string, imageSize: number): Promise<tf.Tensor4D> =>
  companionsOf(
    folder,
    await pictureNames(folder, '--train_data_dir'),
    imageSize,
    '--train_data_dir',
  );

/** @throws UserError when results would overwrite the inputs */
export function checkFolders(testDir: string, saveDir: string): void {
  if (realPathOf(testDir) === realPathOf(saveDir)) {
    throw new UserError(
      `--save_dir: expected another folder than --test_data_dir, got ${saveDir} for both. The inputs would be overwritten.`,
    );
  }
}

/** Adds a row to a contact sheet, as large as it is shown there; beyond {@link MOST_ROWS} nothing. */
export async function addRow(rows: SheetRow[], { label, images }: SheetRow): Promise<void> {
  if (rows.length < MOST_ROWS)
    rows.push({
      label,
      images: await Promise.all(images.map((image) => toCell(image, SHEET_CELL))),
    });
}

/** A contact sheet in one move; @returns its path. */
export async function writeSheet(
  folder: string,
  rows: readonly SheetRow[],
  ageBounds: readonly number[],
  groups: readonly number[],
): Promise<string> {
  const names = ageGroupNames(ageBounds);
  const sheet = path.join(folder, 'contact-sheet.png');
  await replaceFile(
    sheet,
    await contactSheet(rows, ['input', ...groups.map((group) => names[group] ?? '')], SHEET_CELL),
  );
  return sheet;
}

/**
 * Writes for every picture the input as NAME and `NAME_G.jpg` for each group G asked for, S × S, quality 95; and `contact-sheet.png`.
 * @param onPicture called with the number of finished pictures
 * @throws UserError when the folder is empty or holds no readable picture, or when results would overwrite it
 */
export async function ageFolder(
  generator: tf.LayersModel,
  { testDir, saveDir, imageSize, ageBounds, companionDir, groups }: AgeFolderSettings,
  onPicture: (done: number, total: number) => void,
): Promise<AgedFolder> {
  checkFolders(testDir, saveDir);
  const { readable, skipped } = await splitReadable(
    testDir,
    await pictureNames(testDir, '--test_data_dir'),
  );
  if (readable.length === 0)
    throw new UserError(
      `--test_data_dir: expected readable pictures in ${testDir}, got ${skipped.length} that are not: ${skipped[0] ?? ''}`,
    );
  const companions = companionDir === null ? null : await loadCompanions(companionDir, imageSize);
  await mkdir(saveDir, { recursive: true });
  const rows: SheetRow[] = [];
  for (let start = 0; start < readable.length; start += BATCH) {
    const names = readable.slice(start, start + BATCH);
    const sources = tf.tensor4d(
      await loadTestImages(
        names.map((name) => path.join(testDir, name)),
        imageSize,
      ),
      [names.length, imageSize, imageSize, 3],
    );
    const aged = groups.map((group) => ageFaces(generator, sources, companions, group));
    for (const [i, name] of names.entries()) {
      const images = await Promise.all(aged.map((picture) => toImage(picture, i)));
      const input = await decodeImage(path.join(testDir, name));
      await writeFile(
        path.join(saveDir, name),
        await encodeLike(name, {
          data: resizeOpenCv(input, imageSize),
          width: imageSize,
          height: imageSize,
        }),
      );
      for (const [k, image] of images.entries())
        await writeFile(
          path.join(saveDir, `${name}_${groups[k] ?? ''}.jpg`),
          await encodeJpeg(image),
        );
      await addRow(rows, { label: name, images: [input, ...images] });
      onPicture(start + i + 1, readable.length);
    }
    tf.dispose([sources, ...aged]);
  }
  companions?.dispose();
  const sheet = await writeSheet(saveDir, rows, ageBounds, groups);
  return { pictures: readable.length, contactSheet: sheet, skipped };
}
