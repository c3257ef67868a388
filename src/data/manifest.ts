/** @file `manifest.jsonl`: everything that a data set knows of its pictures, a line each. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import { leavesFolder } from '../files/real-path';
import { problemsError, SPLITS } from './lists';
import { GENDERS } from './sources/source';

/** Its name in a data set's directory. */
export const MANIFEST_FILE = 'manifest.jsonl';

const entrySchema = z.object({
  /** As in the lists: relative to the root folder. */
  path: z.string(),
  /** Of the picture that it was cut out of, relative to the source's folder; absent when that is `path`. */
  original: z.string().optional(),
  /** In years. */
  age: z.number(),
  group: z.number().int(),
  identity: z.string().nullable(),
  year: z.number().optional(),
  /** Where the source says so. */
  gender: z.enum(GENDERS).optional(),
  race: z.string().optional(),
  split: z.enum(SPLITS),
  sha256: z.string(),
  /** 68 points [x, y] in the picture's pixels, or null where nobody looked for them. */
  landmarks: z.array(z.tuple([z.number(), z.number()])).nullable(),
  /** See prepare/quality.ts. */
  quality: z.object({
    score: z.number().nullable(),
    size: z.number().nullable(),
    sharpness: z.number(),
    yaw: z.number().nullable(),
  }),
});

/** A line of the manifest. */
export type ManifestEntry = z.infer<typeof entrySchema>;

/** The text of a manifest. */
export const formatManifest = (entries: readonly ManifestEntry[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** @throws UserError with the lines whose pictures would lie outside of their folders */
function checkInside(file: string, lines: readonly (ManifestEntry | null)[]): void {
  const problems = lines.flatMap((entry, i) =>
    [entry?.path, entry?.original]
      .filter((name) => name !== undefined && leavesFolder(name))
      .map((name) => `line ${i + 1} '${name ?? ''}' leaves the root folder`),
  );
  if (problems.length > 0)
    throw problemsError(
      file,
      'pictures inside of their folder',
      problems,
      'Correct these lines, or prepare the data again.',
    );
}

/** Reads the manifest of a data set. @throws UserError when it is missing, a line is none, or a path leaves its folder */
export async function readManifest(directory: string): Promise<ManifestEntry[]> {
  const file = path.join(directory, MANIFEST_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      `${file}: expected the manifest of a data set, got ${String(cause)}. Prepare the data again.`,
      { cause },
    );
  });
  const lines = text.split('\n').map((line, i) => {
    if (line === '') return null;
    try {
      return entrySchema.parse(JSON.parse(line));
    } catch (cause) {
      throw new UserError(
        `${file}: expected the description of a picture in line ${i + 1}, got '${line.slice(0, 80)}'. Prepare the data again.`,
        { cause },
      );
    }
  });
  checkInside(file, lines);
  return lines.filter((entry) => entry !== null);
}
