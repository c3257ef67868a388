/** @file Photographs in, photographs of the same people at other ages out: files, each written whole, and what is in which. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import type { FaceChoice } from '../faces/align';
import { CROP_SIZE } from '../faces/template';
import { applySimilarity, invertSimilarity } from '../faces/similarity';
import { replaceFile } from '../files/durable-write';
import { realPathOf } from '../files/real-path';
import { removeLeftovers } from '../files/temporary';
import { decodeImage, encodeJpeg, encodePng } from '../images/image';
import type { RgbImage } from '../images/pixels';
import { checkMask } from './age-folder';
import type { OnPicture } from './age-folder';
import { pasteFaces } from './ager';
import type { AgedFace, AgedPicture, Ager } from './ager';
import { ContactSheet } from './contact-sheet';
import type { PhotographFile } from './photograph-files';

/** How a photograph is aged. */
export interface AgePhotographSettings {
  /** Age groups to show everybody at. */
  readonly groups: readonly number[];
  /** Where the results go; results of the same names are replaced. */
  readonly out: string;
  /** Which faces; all when absent. */
  readonly face?: FaceChoice;
  /** Smallest width of a face, in pixels of the photograph. */
  readonly minFace: number;
  /** Whether masks are written and shown beside the pictures. */
  readonly showMask: boolean;
}

/** How photographs are aged. */
export interface AgeFilesSettings extends AgePhotographSettings {
  /** Asked between photographs: whether the rest is to be left. */
  readonly isStopped: () => boolean;
}

/** A file that shows an age. */
export interface AgedFile {
  readonly group: number;
  /** Of the group, as `31-40`. */
  readonly name: string;
  /** First and last year of the group; no last one of the oldest. */
  readonly years: readonly [number, number | null];
  readonly file: string;
  /** Where the face was painted over, where that was asked for. */
  readonly mask?: string;
}

/** A face of a photograph. */
export interface AgedFaceFiles {
  /** From 1, from left to right. */
  readonly face: number;
  /** Its middle in the photograph, and its width, in pixels. */
  readonly centre: readonly [number, number];
  readonly width: number;
  /** As the model saw it. */
  readonly input: string;
  readonly pictures: readonly AgedFile[];
}

/** What came of a photograph. */
export interface AgedPhotograph {
  readonly photograph: string;
  /** The photograph with all its faces at a group. */
  readonly pictures: readonly AgedFile[];
  readonly faces: readonly AgedFaceFiles[];
}

/** What came of all. */
export interface AgedFiles {
  readonly photographs: readonly AgedPhotograph[];
  /** A table of all faces; null where none was aged before it was stopped. */
  readonly sheet: string | null;
  /** Why photographs were left out. */
  readonly leftOut: readonly string[];
}

/** Folder of the faces alone, in that of the results. */
export const FACES = 'faces';

/** The picture in the format of the photograph that it comes from: PNG stays lossless. */
const encodeAs = (ending: string, image: RgbImage): Promise<Buffer> =>
  ending === '.png' ? encodePng(image) : encodeJpeg(image);

const endingFor = (file: string): string => (/\.png$/i.test(file) ? '.png' : '.jpg');

/** Where the photograph at a group goes. */
const photographAt = (
  { file, stem }: PhotographFile,
  { out }: Pick<AgePhotographSettings, 'out'>,
  groupName: string,
): string => path.join(out, `${stem}_${groupName}${endingFor(file)}`);

/** @throws UserError where a result would take the place of a photograph, or masks are asked for that are not there */
function check(ager: Ager, files: readonly PhotographFile[], settings: AgeFilesSettings): void {
  checkMask(ager, settings.showMask);
  const inputs = new Set(files.map(({ file }) => realPathOf(file)));
  for (const one of files)
    for (const group of settings.groups) {
      const result = photographAt(one, settings, ager.groupNames[group] ?? '');
      if (inputs.has(realPathOf(result)))
        throw new UserError(
          `--out: expected a folder where no photograph is overwritten, got ${settings.out}, where ${result} is one. Choose another.`,
        );
    }
}

/** First and last year of a group; no last one of the oldest. */
export const yearsOf = (
  { ageBounds, groupNames }: Pick<Ager, 'ageBounds' | 'groupNames'>,
  group: number,
): [number, number | null] => [
  Number.parseInt(group === 0 ? (groupNames[0] ?? '0') : String((ageBounds[group - 1] ?? 0) + 1)),
  ageBounds[group] ?? null,
];

/** A face's own files. */
async function writeFace(
  ager: Ager,
  { stem }: PhotographFile,
  face: AgedFace,
  index: number,
  { out, showMask }: AgePhotographSettings,
): Promise<AgedFaceFiles> {
  const write = async (name: string, image: RgbImage): Promise<string> => {
    const file = path.join(out, FACES, `${stem}_face${index + 1}${name}.png`);
    await replaceFile(file, await encodePng(image));
    return file;
  };
  const writeAged = async ({ group, name, image, mask }: AgedPicture): Promise<AgedFile> => ({
    group,
    name,
    years: yearsOf(ager, group),
    file: await write(`_${name}`, image),
    ...(showMask && mask ? { mask: await write(`_${name}_mask`, mask) } : {}),
  });
  const { transform, quality } = face.place ?? {};
  const middle = { x: CROP_SIZE / 2, y: CROP_SIZE / 2 };
  const { x, y } = transform ? applySimilarity(invertSimilarity(transform), middle) : middle;
  return {
    face: index + 1,
    centre: [Math.round(x), Math.round(y)],
    width: Math.round(quality?.size ?? face.input.width),
    input: await write('', face.input),
    pictures: await Promise.all(face.pictures.map(writeAged)),
  };
}

/**
 * Ages the faces of a photograph, and writes the files that {@link ageFiles} tells of; their folders are there.
 * @param one its path, for errors and for the format of its results, and what their names begin with
 * @param sheet gets a row for each face; null for none
 * @throws UserError for no face that can be aged
 */
export async function agePhotograph(
  ager: Ager,
  photograph: RgbImage,
  one: PhotographFile,
  settings: AgePhotographSettings,
  sheet: ContactSheet | null,
): Promise<AgedPhotograph> {
  const { groups, face: choice = 'all', minFace, showMask } = settings;
  const { file, stem } = one;
  const faces = await ager.age(photograph, { groups, face: choice, minFace, name: file });
  const pictures: AgedFile[] = [];
  for (const group of groups) {
    const name = ager.groupNames[group] ?? '';
    const result = photographAt(one, settings, name);
    const image = await pasteFaces(photograph, faces, group);
    await replaceFile(result, await encodeAs(path.extname(result), image));
    pictures.push({ group, name, years: yearsOf(ager, group), file: result });
  }
  const written: AgedFaceFiles[] = [];
  for (const [i, face] of faces.entries()) {
    written.push(await writeFace(ager, one, face, i, settings));
    const label = faces.length > 1 ? `${i + 1}: ${stem}` : stem;
    await sheet?.add(label, [face.input, ...face.pictures.map(({ image }) => image)]);
    if (showMask)
      await sheet?.add(`${label}: mask`, [
        face.input,
        ...face.pictures.flatMap(({ mask }) => mask ?? []),
      ]);
  }
  return { photograph: file, pictures, faces: written };
}

/**
 * Ages all faces of some photographs: writes each photograph at each group as `STEM_GROUP.jpg` (`.png` for PNG), the faces alone in
 * `faces/`, and `contact-sheet.png` with a row for each. Every file is there whole or not at all.
 * @throws UserError where no photograph has a face that can be aged, or a result would overwrite one
 */
export async function ageFiles(
  ager: Ager,
  files: readonly PhotographFile[],
  settings: AgeFilesSettings,
  onPicture: OnPicture,
): Promise<AgedFiles> {
  check(ager, files, settings);
  const { out, groups, isStopped } = settings;
  for (const folder of [out, path.join(out, FACES)]) {
    await mkdir(folder, { recursive: true });
    await removeLeftovers(folder);
  }
  const sheet = new ContactSheet(['input', ...groups.map((group) => ager.groupNames[group] ?? '')]);
  const photographs: AgedPhotograph[] = [];
  const leftOut: string[] = [];
  for (const [i, one] of files.entries()) {
    if (isStopped()) break;
    try {
      photographs.push(
        await agePhotograph(ager, await decodeImage(one.file), one, settings, sheet),
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      leftOut.push(error.message);
    }
    onPicture(i + 1, files.length);
    // lets a signal in: ageing computes without returning to the event loop
    await new Promise(setImmediate);
  }
  if (photographs.length === 0 && !isStopped()) throw new UserError(leftOut.join('\n'));
  return {
    photographs,
    sheet: photographs.length > 0 ? await sheet.write(out) : null,
    leftOut,
  };
}
