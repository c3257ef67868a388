/** @file Where faces come from: one interface, one file a source. */

import path from 'node:path';
import type { Split } from '../lists';

/** As data sets label it. */
export const GENDERS = ['female', 'male'] as const;
export type Gender = (typeof GENDERS)[number];

/** A picture that can be used. */
export interface FaceRecord {
  /** Path relative to the source's root folder, `/` between folders. */
  readonly name: string;
  /** In years. */
  readonly age: number;
  /** Who it is, where the source says so. */
  readonly identity: string | null;
  /** When it was taken, where the source says so. */
  readonly year?: number;
  /** As the source labels it, where it does. */
  readonly gender?: Gender;
  /** As the source labels it, in its own words; a label of the data, no fact about a person. */
  readonly race?: string;
  /** Its part, where the source says so. */
  readonly split?: Split;
  /** The path's bytes as Latin-1, where they are no UTF-8. */
  readonly rawName?: string;
}

/** A file that cannot be used, and why. */
export interface Rejection {
  readonly name: string;
  /** One word or two, the same for the same cause. */
  readonly reason: string;
  readonly detail: string;
}

/** Everything that a source found; each file it scanned is in one of the two. */
export interface FaceList {
  readonly records: readonly FaceRecord[];
  readonly rejected: readonly Rejection[];
}

/** A place that faces come from. */
export interface FaceSource {
  /** What dataset.json calls it. */
  readonly kind: string;
  readonly rootFolder: string;
  /** Whether the pictures show little but a face, so that the detector needs a margin around them. */
  readonly isTight: boolean;
  list(): Promise<FaceList>;
}

/** Where a picture lies, as the file system takes it. */
export function pathOfRecord(
  rootFolder: string,
  { name, rawName }: Pick<FaceRecord, 'name' | 'rawName'>,
): string | Buffer {
  if (rawName === undefined) return path.join(rootFolder, name);
  return Buffer.concat([Buffer.from(`${rootFolder}/`), Buffer.from(rawName, 'latin1')]);
}
