/** @file `dataset.json`: what a prepared data set says of itself. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import { parseSealed } from '../files/sealed-json';
import { NewerFileError, refuseNewer } from '../files/format-version';
import { ageGroupNames } from './age-groups';

/** Its name in a data set's directory; it is written last, so that where it stands the data set is whole. */
export const DATASET_FILE = 'dataset.json';
/** Of it, of the manifest and of the lists beside it. */
export const DATASET_VERSION = 3;
/** Of the data sets that 0.1 made: they have no validation part. */
const TWO_PARTS_VERSION = 2;

const datasetSchema = z.object({
  version: z.literal(DATASET_VERSION),
  source: z.object({ kind: z.string(), images: z.string() }),
  /** Absolute, or relative to the directory of dataset.json. */
  root_folder: z.string(),
  /** An absolute root folder as seen from the directory of dataset.json: where it is when both have moved together. */
  root_folder_from_here: z.string().optional(),
  seed: z.number(),
  split: z.enum(['identity', 'image']),
  test_share: z.number(),
  validation_share: z.number(),
  pairs: z.number(),
  age_bounds: z.array(z.number()),
  age_range: z.array(z.number()),
  /** How faces were found and cut out. */
  alignment: z.object({
    aligned: z.boolean(),
    face: z.enum(['centre', 'largest', 'all']),
    min_face: z.number(),
    min_sharpness: z.number(),
    crop_size: z.number().nullable(),
  }),
  /** scanned = kept + rejected; a picture may give several faces. */
  counts: z.object({
    scanned: z.number(),
    kept: z.number(),
    rejected: z.number(),
    faces: z.number(),
    /** Faces that are no squares; absent where all are, or nobody looked. */
    oblong: z.number().optional(),
    train: z.array(z.number()),
    valid: z.array(z.number()),
    test: z.array(z.number()),
  }),
  /** `several`: those who are in more than one part. */
  people: z.object({
    train: z.number(),
    valid: z.number(),
    test: z.number(),
    several: z.number(),
  }),
  /** SHA-256 of the names that were scanned, with the ages and people that the source gave them; none in sets of the first versions. */
  source_hash: z.string().optional(),
  /** SHA-256 of the manifest and all lists; the manifest has the hash of every picture. */
  content_hash: z.string(),
});

const twoPartsSchema = z.looseObject({
  version: z.literal(TWO_PARTS_VERSION),
  counts: z.looseObject({ train: z.array(z.number()) }),
  people: z.looseObject({ both: z.number() }),
});

/** What is said of a data set of two parts, as of one whose validation part is empty; anything else as it is. */
function withThreeParts(content: unknown): unknown {
  const { success, data } = twoPartsSchema.safeParse(content);
  if (!success) return content;
  return {
    ...data,
    version: DATASET_VERSION,
    validation_share: 0,
    counts: { ...data.counts, valid: data.counts.train.map(() => 0) },
    people: { ...data.people, valid: 0, several: data.people.both },
  };
}

/** The content of dataset.json; it is sealed. */
export type DatasetDescription = z.infer<typeof datasetSchema>;

/** A prepared data set. */
export interface Dataset {
  readonly directory: string;
  readonly description: DatasetDescription;
  /** Resolved: what the names in its lists are relative to. */
  readonly rootFolder: string;
  readonly ageBounds: readonly number[];
  /** Of its age groups, the youngest first: the first begins at the youngest age that was kept. */
  readonly groupNames: readonly string[];
  /** Whether version 0.1 made it, which knew no validation part. */
  readonly isOfTwoParts: boolean;
}

/** Names of the age groups of a data set. */
export const groupNamesOf = ({
  age_bounds: bounds,
  age_range: [youngest],
}: Pick<DatasetDescription, 'age_bounds' | 'age_range'>): string[] =>
  ageGroupNames(bounds, youngest);

/** Where the pictures are: where they were, or else where they are when they have moved together with the data set. */
function rootOf(
  directory: string,
  { root_folder: root, root_folder_from_here: fromHere }: DatasetDescription,
): string {
  const there = path.resolve(directory, root);
  const moved = fromHere === undefined ? there : path.resolve(directory, fromHere);
  return !existsSync(there) && existsSync(moved) ? moved : there;
}

/**
 * Reads what a data set says of itself.
 * @param rootFolder where its pictures are now, if they have moved; null for where it says that they are
 * @throws UserError when the directory holds no finished data set
 */
export async function readDataset(
  directory: string,
  rootFolder: string | null = null,
): Promise<Dataset> {
  const file = path.join(directory, DATASET_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      `--data: expected a prepared data set with ${DATASET_FILE}, got ${directory}. Make one with \`ipcgan prepare --images DIR --out ${directory}\`.`,
      { cause },
    );
  });
  try {
    const content = parseSealed(text);
    refuseNewer(file, content, { key: 'version', newest: DATASET_VERSION });
    const description = datasetSchema.parse(withThreeParts(content));
    return {
      directory,
      description,
      rootFolder: rootFolder === null ? rootOf(directory, description) : path.resolve(rootFolder),
      ageBounds: description.age_bounds,
      groupNames: groupNamesOf(description),
      isOfTwoParts: (content as { version?: unknown }).version === TWO_PARTS_VERSION,
    };
  } catch (cause) {
    if (cause instanceof NewerFileError) throw cause;
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UserError(
      `${file}: expected the description of a data set, got ${reason}. Prepare it again in another --out.`,
      { cause },
    );
  }
}

/** Where choices are made. */
export interface ChoosingPart {
  readonly part: 'valid' | 'test';
  /** What the user is told where it is not the validation part; null otherwise. */
  readonly note: string | null;
}

/** What is said where the test part chooses. @param chosen what is chosen, such as `the best step` */
export const noValidationNote = (where: string, chosen: string): string =>
  `${where} has no validation part; ${chosen} is chosen on the test part; prepare it again for one`;

/**
 * The part of a data set that choices are made on: validation, so that nothing is reported on what chose it; or test where the data set
 * has no validation part.
 * @param chosen what is chosen, such as `the best step`
 */
export function choosingPart({ directory, description }: Dataset, chosen: string): ChoosingPart {
  if (description.counts.valid.some((count) => count > 0)) return { part: 'valid', note: null };
  return { part: 'test', note: noValidationNote(directory, chosen) };
}
