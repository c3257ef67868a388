/** @file What ages many photographs, or crops of faces, and where the files of each go. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import { safeName } from '../../data/prepare/safe-names';
import { replaceFile } from '../../files/durable-write';
import { removeLeftovers } from '../../files/temporary';
import { encodeJpeg } from '../../images/image';
import { agePhotograph, FACES, yearsOf } from '../age-files';
import type { AgedFile, AgePhotographSettings } from '../age-files';
import { BATCH, checkMask, encodeLike } from '../age-folder';
import type { AgedFace, Ager } from '../ager';
import type { PictureAger, ReadPicture } from './age-many';
import type { AgedLine } from './results';

/** Digits of an id that name the folder of a picture's files: 4096 folders, so that none has too many. */
const FOLDER_DIGITS = 3;

/** What the files of a picture are called before group and ending: no other picture's are, whatever its name. */
export const stemOf = ({ id, name }: Pick<ReadPicture, 'id' | 'name'>): string =>
  path.join(id.slice(0, FOLDER_DIGITS), `${safeName(path.basename(name))}-${id}`);

/** Makes folders, and clears away what killed processes left in them: each once. */
function foldersOf(out: string, parts: readonly string[]): (stem: string) => Promise<void> {
  const made = new Set<string>();
  return async (stem) => {
    for (const part of parts) {
      const folder = path.join(out, part, path.dirname(stem));
      if (made.has(folder)) continue;
      await mkdir(folder, { recursive: true });
      await removeLeftovers(folder);
      made.add(folder);
    }
  };
}

/**
 * Ages photographs: each at each group as `abc/NAME-ID_GROUP.jpg` (`.png` for PNG), and its faces alone in `faces/`.
 * @throws UserError where masks are asked for that are not there
 */
export function photographAger(ager: Ager, settings: AgePhotographSettings): PictureAger {
  checkMask(ager, settings.showMask);
  const { out } = settings;
  const makeFolders = foldersOf(out, ['', FACES]);
  const inOut = (file: string): string => path.relative(out, file);
  const filesInOut = (files: readonly AgedFile[]): AgedFile[] =>
    files.map((one) => ({
      ...one,
      file: inOut(one.file),
      ...(one.mask === undefined ? {} : { mask: inOut(one.mask) }),
    }));
  const ageOne = async (picture: ReadPicture): Promise<AgedLine> => {
    const stem = stemOf(picture);
    await makeFolders(stem);
    const one = { file: picture.name, stem };
    const { pictures, faces } = await agePhotograph(ager, picture.image, one, settings, null);
    return {
      pictures: filesInOut(pictures),
      faces: faces.map((face) => ({
        ...face,
        input: inOut(face.input),
        pictures: filesInOut(face.pictures),
      })),
    };
  };
  return {
    batch: 1,
    age: (pictures) =>
      Promise.all(
        pictures.map((picture) =>
          ageOne(picture).catch((error: unknown) => {
            if (error instanceof UserError) return error;
            throw error;
          }),
        ),
      ),
  };
}

/** How crops are aged. */
export type CropSettings = Pick<AgePhotographSettings, 'groups' | 'out' | 'showMask'>;

/**
 * Ages crops like the training data's: the input as `abc/NAME-ID.jpg` (`.png` for PNG), and `abc/NAME-ID_G.jpg` for each group G.
 * @throws UserError where masks are asked for that are not there
 */
export function cropAger(ager: Ager, { groups, out, showMask }: CropSettings): PictureAger {
  checkMask(ager, showMask);
  const makeFolders = foldersOf(out, ['']);
  const write = async (file: string, content: Promise<Buffer>): Promise<string> => {
    await replaceFile(path.join(out, file), await content);
    return file;
  };
  const writeOne = async (picture: ReadPicture, face: AgedFace): Promise<AgedLine> => {
    const { name, image } = picture;
    const stem = stemOf(picture);
    await makeFolders(stem);
    const ending = /\.png$/i.test(name) ? '.png' : '.jpg';
    const input = await write(`${stem}${ending}`, encodeLike(name, face.input));
    const pictures: AgedFile[] = [];
    for (const { group, name: years, image: aged, mask } of face.pictures)
      pictures.push({
        group,
        name: years,
        years: yearsOf(ager, group),
        file: await write(`${stem}_${group}.jpg`, encodeJpeg(aged)),
        ...(showMask && mask
          ? { mask: await write(`${stem}_${group}_mask.jpg`, encodeJpeg(mask)) }
          : {}),
      });
    const { width, height } = image;
    return {
      pictures: [],
      faces: [{ face: 1, centre: null, width: null, input, pictures }],
      ...(width === height ? {} : { oblong: [width, height] as const }),
    };
  };
  return {
    batch: BATCH,
    age: async (pictures) => {
      const faces = await ager.ageCrops(
        pictures.map(({ image }) => image),
        groups,
      );
      return Promise.all(pictures.map((one, i) => writeOne(one, faces[i] as AgedFace)));
    },
  };
}
