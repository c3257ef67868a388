/** @file One picture: decoded, its faces found and cut out, or the reason why it cannot be used. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../../files/digest';
import { isLostDisk } from '../../files/disk-errors';
import { replaceFile } from '../../files/durable-write';
import { MachineError, UserError } from '../../errors';
import { decodeImage, encodeJpeg } from '../../images/image';
import { pathOfRecord } from '../sources/source';
import type { FaceRecord } from '../sources/source';
import { alignFaces } from '../../faces/align';
import type { AlignSettings } from '../../faces/align';
import type { FaceFinder } from '../../faces/detect';
import { perceptualHash, sharpnessOf } from '../../faces/measure-quality';
import type { Point } from '../../faces/similarity';
import { faultOf } from './machine-faults';
import type { MachineFault } from './machine-faults';
import type { RgbImage } from '../../images/pixels';
import type { FaceQuality } from '../../faces/face-quality';

/** A picture to examine. */
export interface ExamineItem extends Pick<FaceRecord, 'name' | 'rawName'> {
  /** What its crops are called, without extension. */
  readonly safeName: string;
}

/** A face that can be used. */
export interface ExaminedFace {
  /** Relative to the data set's root folder. */
  readonly path: string;
  readonly sha256: string;
  /** Perceptual, 64 hexadecimal digits. */
  readonly hash: string;
  /** In the crop's pixels; null for crops that came aligned. */
  readonly landmarks: readonly (readonly [number, number])[] | null;
  readonly quality: FaceQuality;
  /** Width and height of a crop that came aligned and is no square: training squeezes it into one. */
  readonly oblong?: readonly [number, number];
}

/** What became of a picture: its faces, or why it has none. */
export type Examined = { readonly name: string } & (
  { readonly faces: readonly ExaminedFace[] } | { readonly reason: string; readonly detail: string }
);

/** What became of a picture, or that the machine failed on it. */
export type Examination = Examined | MachineFault;

/** How pictures are examined. */
export interface ExamineSettings {
  readonly rootFolder: string;
  /** Folder for crops; null when the pictures are crops already. */
  readonly cropFolder: string | null;
  readonly align: AlignSettings;
  /** Least sharpness of a face (quality.ts). */
  readonly minSharpness: number;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

const toQuality = ({ score, size, sharpness, yaw }: FaceQuality): FaceQuality => ({
  score: score === null ? null : rounded(score, 3),
  size: size === null ? null : rounded(size, 1),
  sharpness: rounded(sharpness, 3),
  yaw: yaw === null ? null : rounded(yaw, 1),
});

const toPairs = (points: readonly Point[]): (readonly [number, number])[] =>
  points.map(({ x, y }) => [rounded(x, 1), rounded(y, 1)]);

const isSharp = ({ quality }: ExaminedFace, { minSharpness }: ExamineSettings): boolean =>
  quality.sharpness >= minSharpness;

function sharpOnes(
  name: string,
  faces: readonly ExaminedFace[],
  settings: ExamineSettings,
): Examined {
  const kept = faces.filter((face) => isSharp(face, settings));
  if (kept.length > 0) return { name, faces: kept };
  const best = Math.max(...faces.map(({ quality }) => quality.sharpness));
  return {
    name,
    reason: 'too blurred',
    detail: `sharpness ${best}, below ${settings.minSharpness}`,
  };
}

/** @returns why it is no picture, where it is none; @throws the error that says that the machine failed */
async function readPicture(
  settings: ExamineSettings,
  item: ExamineItem,
): Promise<{ bytes: Buffer; image: RgbImage } | string> {
  try {
    const bytes = await readFile(pathOfRecord(settings.rootFolder, item));
    return { bytes, image: await decodeImage(bytes, item.name) };
  } catch (error) {
    const cause = error instanceof UserError ? error.cause : error;
    if (faultOf(cause) !== null) throw cause;
    return String((cause as Error | undefined)?.message ?? cause).split('\n')[0] ?? '';
  }
}

/** Writes a crop in one move. @throws MachineError where the disk is full */
async function writeCrop(folder: string, file: string, bytes: Buffer): Promise<void> {
  const target = path.join(folder, file);
  try {
    await replaceFile(target, bytes);
  } catch (cause) {
    if (!isLostDisk(cause)) throw cause;
    throw new MachineError(
      `${target}: expected to write a crop, got ${(cause as Error).message}. Free some space and run the same command again; what is done stays done.`,
      { cause },
    );
  }
}

/** A crop that came aligned: it stays where it is. */
async function examineAligned(settings: ExamineSettings, item: ExamineItem): Promise<Examined> {
  const picture = await readPicture(settings, item);
  if (typeof picture === 'string')
    return { name: item.name, reason: 'unreadable', detail: picture };
  const { bytes, image } = picture;
  const quality = toQuality({
    score: null,
    size: null,
    sharpness: await sharpnessOf(image),
    yaw: null,
  });
  const face: ExaminedFace = {
    path: item.name,
    sha256: sha256Of(bytes),
    hash: await perceptualHash(image),
    landmarks: null,
    quality,
    ...(image.width === image.height ? {} : { oblong: [image.width, image.height] }),
  };
  return sharpOnes(item.name, [face], settings);
}

/** A photograph: its faces become crops. */
async function examinePhotograph(
  finder: FaceFinder,
  folder: string,
  settings: ExamineSettings,
  item: ExamineItem,
): Promise<Examined> {
  const picture = await readPicture(settings, item);
  if (typeof picture === 'string')
    return { name: item.name, reason: 'unreadable', detail: picture };
  const outcome = await alignFaces(finder, picture.image, settings.align);
  if (!('faces' in outcome)) return { name: item.name, ...outcome };
  const faces: ExaminedFace[] = [];
  for (const [i, { crop, landmarks, quality }] of outcome.faces.entries()) {
    const bytes = await encodeJpeg(crop);
    const file = `${item.safeName}${settings.align.face === 'all' ? `+${i + 1}` : ''}.jpg`;
    const face = {
      path: file,
      sha256: sha256Of(bytes),
      hash: await perceptualHash(crop),
      landmarks: toPairs(landmarks),
      quality: toQuality(quality),
    };
    if (isSharp(face, settings)) await writeCrop(folder, file, bytes);
    faces.push(face);
  }
  return sharpOnes(item.name, faces, settings);
}

/** What examines one picture after another; `finder` is null where pictures are crops already. */
export function createExaminer(
  settings: ExamineSettings,
  finder: FaceFinder | null,
): (item: ExamineItem) => Promise<Examination> {
  const { cropFolder } = settings;
  const examine = (item: ExamineItem): Promise<Examined> =>
    cropFolder === null || finder === null
      ? examineAligned(settings, item)
      : examinePhotograph(finder, cropFolder, settings, item);
  return (item) =>
    examine(item).catch((error: unknown) => {
      const fault = error instanceof MachineError ? null : faultOf(error);
      if (fault === null) throw error;
      return { name: item.name, fault };
    });
}
