/** @file Face descriptors by the recognition network of @vladmandic/face-api: what a teacher says of pictures without names. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../files/digest';
import { replaceFile } from '../files/durable-write';
import { removeLeftovers } from '../files/temporary';
import { decodeImage } from '../images/image';
import { readManifest } from './manifest';
import type { ManifestEntry } from './manifest';
import type { Dataset } from './dataset';
import { DESCRIPTOR_SIZE, FACE_PART_RULE, loadFaceDescriber } from '../faces/descriptor';
import { faceApiVersion } from '../faces/face-api';

/** Descriptors by picture name, [128] each. */
export type Descriptors = ReadonlyMap<string, Float32Array>;

const INDEX_FILE = 'face-descriptors.json';
const VALUES_FILE = 'face-descriptors.bin';
/** Pictures a call of the network. */
const BATCH = 16;
/** Pictures between two reports; a multiple of BATCH. */
const REPORT_EVERY = 512;

/** What the cache was made of and by, and what its values were when they were written. */
const indexOf = (entries: readonly ManifestEntry[], values: Buffer): string => {
  const described = entries.map(({ path: name, sha256, landmarks }) => [name, sha256, landmarks]);
  const index = {
    pictures: sha256Of(JSON.stringify(described)),
    network: faceApiVersion(),
    crop: FACE_PART_RULE,
    values: sha256Of(values),
  };
  return `${JSON.stringify(index)}\n`;
};

function split(values: Float32Array, entries: readonly ManifestEntry[]): Descriptors {
  return new Map(
    entries.map(
      ({ path: name }, i) =>
        [name, values.subarray(i * DESCRIPTOR_SIZE, (i + 1) * DESCRIPTOR_SIZE)] as const,
    ),
  );
}

/** Null where there is none, or one of other pictures, another network or other crops, or a damaged one. */
async function readCache(
  directory: string,
  entries: readonly ManifestEntry[],
): Promise<Descriptors | null> {
  const read = (name: string): Promise<Buffer | null> =>
    readFile(path.join(directory, name)).catch(() => null);
  const index = await read(INDEX_FILE);
  const bytes = await read(VALUES_FILE);
  if (bytes === null || index?.toString() !== indexOf(entries, bytes)) return null;
  return split(
    new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
    entries,
  );
}

async function writeCache(
  directory: string,
  entries: readonly ManifestEntry[],
  values: Float32Array,
): Promise<void> {
  const bytes = Buffer.from(values.buffer);
  await removeLeftovers(directory);
  await replaceFile(path.join(directory, VALUES_FILE), bytes);
  await replaceFile(path.join(directory, INDEX_FILE), indexOf(entries, bytes));
}

/** Describes all pictures, row by row. */
async function describeAll(
  { rootFolder }: Dataset,
  entries: readonly ManifestEntry[],
  report: (text: string) => void,
): Promise<Float32Array> {
  const values = new Float32Array(entries.length * DESCRIPTOR_SIZE);
  const describer = await loadFaceDescriber();
  try {
    for (let start = 0; start < entries.length; start += BATCH) {
      const part = entries.slice(start, start + BATCH);
      const faces = await Promise.all(
        part.map(async ({ path: name, landmarks }) => ({
          image: await decodeImage(path.join(rootFolder, name)),
          landmarks,
        })),
      );
      values.set(await describer.describe(faces), start * DESCRIPTOR_SIZE);
      const done = start + part.length;
      if (done % REPORT_EVERY === 0) report(`face descriptors ${done}/${entries.length}`);
    }
  } finally {
    describer.dispose();
  }
  return values;
}

/**
 * The descriptors of all pictures of a data set; computed once and kept beside its lists, where there is leave to write.
 * @param report is told how many are done, and why they could not be kept
 * @throws UserError when a picture cannot be decoded
 */
export async function faceDescriptors(
  dataset: Dataset,
  report: (text: string) => void,
): Promise<Descriptors> {
  const entries = await readManifest(dataset.directory);
  const cached = await readCache(dataset.directory, entries);
  if (cached) return cached;
  const values = await describeAll(dataset, entries, report);
  await writeCache(dataset.directory, entries, values).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    report(
      `warning: face descriptors cannot be kept in ${dataset.directory} and will be computed again: ${reason}`,
    );
  });
  return split(values, entries);
}
