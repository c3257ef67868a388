/** @file The original notebook's table: which of some faces show one person, by DeepFace. */

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { tf } from '../engine/tf';
import { UserError } from '../errors';
import { decodeImage } from '../images/image';
import type { FaceFinder } from '../faces/detect';
import { pictureNames } from '../ageing/companions';
import { embedByDeepFace } from './judges/deepface';
import { viewFace } from './judges/find-face';
import { distanceBetween } from '../statistics/pair-distances';

/** Two pictures, compared. */
export interface ComparedFaces {
  readonly a: string;
  readonly b: string;
  /** Euclidean, of F7; null where one of them shows no face. */
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
      `verify-faces: expected one folder, or two pictures or folders, got ${locations.length}. For example: ipcgan verify-faces a.jpg b.jpg --weights deepface.h5`,
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

/**
 * Compares pairs of pictures, each embedded once; pairs of what cannot be read are left out.
 * @param onPicture called with the number of finished pictures
 * @param onProblem called with why a picture cannot be read
 */
export async function verifyFaces(
  model: tf.LayersModel,
  finder: FaceFinder,
  pairs: readonly (readonly [string, string])[],
  threshold: number,
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
    const { view, isFound } = image
      ? await viewFace(finder, image)
      : { view: null, isFound: false };
    const [embedding] = isFound && view ? await embedByDeepFace(model, [view]) : [];
    if (embedding) embeddings.set(file, embedding);
    onPicture(i + 1, files.length);
  }
  return pairs
    .filter((pair) => !pair.some((file) => unread.has(file)))
    .map(([a, b]) => {
      const one = embeddings.get(a);
      const other = embeddings.get(b);
      const distance = one && other ? distanceBetween(one, other) : null;
      return { a, b, distance, verified: distance !== null && distance <= threshold };
    });
}
