/** @file The original notebook's table: which of some faces show one person. */

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { decodeImage } from '../images/image';
import type { FaceFinder } from '../faces/detect';
import { pictureNames } from '../ageing/companions';
import { alignFaces } from '../faces/align';
import { CROP_SIZE, templateFaceIn } from '../faces/template';
import type { RgbImage } from '../images/pixels';
import type { FaceComparer } from './face-comparers';
import { viewFace } from './judges/find-face';
import type { FaceView } from './judges/judge';
import { distanceBetween } from '../statistics/pair-distances';

/** Two pictures, compared. */
export interface ComparedFaces {
  readonly a: string;
  readonly b: string;
  /** Euclidean; null where one of them shows no face. */
  readonly distance: number | null;
  /** False where one of them shows no face. */
  readonly verified: boolean;
}

async function picturesOf(location: string): Promise<string[]> {
  if (!existsSync(location))
    throw new UserError(
      `verify-faces: expected a picture or a folder, got ${location}, which does not exist.`,
    );
  if (!statSync(location).isDirectory()) return [location];
  return (await pictureNames(location, 'verify-faces')).map((name) => path.join(location, name));
}

/**
 * The pairs to compare: two places give every picture of the first with every one of the second; one folder, every pair in it.
 * @throws UserError for other numbers of places, or where there is no pair
 */
export async function pairsOf(
  locations: readonly string[],
): Promise<(readonly [string, string])[]> {
  const [first, second, third] = locations;
  if (first === undefined || third !== undefined)
    throw new UserError(
      `verify-faces: expected one folder, or two pictures or folders, got ${locations.length}. For example: ipcgan verify-faces a.jpg b.jpg`,
    );
  const as = await picturesOf(first);
  if (second !== undefined)
    return (await picturesOf(second)).flatMap((b) => as.map((a) => [a, b] as const));
  const pairs = as.flatMap((a, i) => as.slice(i + 1).map((b) => [a, b] as const));
  if (pairs.length === 0)
    throw new UserError(
      `verify-faces: expected two pictures to compare, got ${first} alone. Name another.`,
    );
  return pairs;
}

/** The narrowest face of a photograph that is compared, in pixels. */
const NARROWEST = 40;

/** The face of a crop, or else the largest one of a photograph, cut out upright; null where there is none. */
async function faceOf(finder: FaceFinder, image: RgbImage): Promise<FaceView | null> {
  const { view, isFound } = await viewFace(finder, image);
  if (isFound) return view;
  const settings = { face: 'largest', minFace: NARROWEST, isTight: false } as const;
  const found = await alignFaces(finder, image, settings);
  const [face] = 'faces' in found ? found.faces : [];
  return face
    ? { image: face.crop, box: templateFaceIn(CROP_SIZE), landmarks: face.landmarks }
    : null;
}

/**
 * Compares pairs of pictures, each described once; pairs of what cannot be read are left out.
 * @param onPicture called with the number of finished pictures
 * @param onProblem called with why a picture cannot be read
 */
export async function verifyFaces(
  comparer: FaceComparer,
  finder: FaceFinder,
  pairs: readonly (readonly [string, string])[],
  onPicture: (done: number, total: number) => void,
  onProblem: (problem: string) => void,
): Promise<ComparedFaces[]> {
  const files = [...new Set(pairs.flat())];
  const embeddings = new Map<string, Float32Array>();
  const unread = new Set<string>();
  for (const [i, file] of files.entries()) {
    const image = await decodeImage(file).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      unread.add(file);
      onProblem(error.message);
      return null;
    });
    const face = image ? await faceOf(finder, image) : null;
    if (face) embeddings.set(file, await comparer.embed(face));
    onPicture(i + 1, files.length);
  }
  return pairs
    .filter((pair) => !pair.some((file) => unread.has(file)))
    .map(([a, b]) => {
      const one = embeddings.get(a);
      const other = embeddings.get(b);
      const distance = one && other ? distanceBetween(one, other) : null;
      return { a, b, distance, verified: distance !== null && distance <= comparer.threshold };
    });
}
