/** @file Face descriptors by the recognition network of @vladmandic/face-api: what a teacher says of pictures without names. */

import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeImage } from './image';
import { readManifest } from './manifest';
import type { ManifestEntry } from './manifest';
import type { Dataset } from './prepare/dataset';
import { DESCRIPTOR_SIZE, loadFaceDescriber } from './prepare/describe-face';

/** Descriptors by picture name, [128] each. */
export type Descriptors = ReadonlyMap<string, Float32Array>;

const INDEX_FILE = 'face-descriptors.json';
const VALUES_FILE = 'face-descriptors.bin';
/** Pictures a call of the network. */
const BATCH = 16;
/** Pictures between two reports; a multiple of BATCH. */
const REPORT_EVERY = 512;

/** What the cache was made of: the digests of the pictures, in the order of the values. */
const keyOf = (entries: readonly ManifestEntry[]): string => `${JSON.stringify(entries.map(({ path: name, sha256 }) => [name, sha256]))}\n`;

function split(values: Float32Array, entries: readonly ManifestEntry[]): Descriptors {
  return new Map(entries.map(({ path: name }, i) => [name, values.subarray(i * DESCRIPTOR_SIZE, (i + 1) * DESCRIPTOR_SIZE)] as const));
}

async function readCache(directory: string, entries: readonly ManifestEntry[]): Promise<Descriptors | null> {
  const key = await readFile(path.join(directory, INDEX_FILE), 'utf8').catch(() => null);
  if (key !== keyOf(entries)) return null;
  const bytes = await readFile(path.join(directory, VALUES_FILE));
  return split(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), entries);
}

async function writeCache(directory: string, entries: readonly ManifestEntry[], values: Float32Array): Promise<void> {
  const file = path.join(directory, VALUES_FILE);
  await writeFile(`${file}.tmp`, Buffer.from(values.buffer));
  await rename(`${file}.tmp`, file);
  // written last: where it stands the values are whole
  await writeFile(path.join(directory, INDEX_FILE), keyOf(entries));
}

/**
 * The descriptors of all pictures of a data set; computed once and kept beside its lists, where there is leave to write.
 * @param report is told how many are done, and why they could not be kept
 * @throws UserError when a picture cannot be decoded
 */
export async function faceDescriptors(dataset: Dataset, report: (text: string) => void): Promise<Descriptors> {
  const entries = await readManifest(dataset.directory);
  const cached = await readCache(dataset.directory, entries);
  if (cached) return cached;
  const describe = await loadFaceDescriber();
  const values = new Float32Array(entries.length * DESCRIPTOR_SIZE);
  for (let start = 0; start < entries.length; start += BATCH) {
    const part = entries.slice(start, start + BATCH);
    const faces = await Promise.all(
      part.map(async ({ path: name, landmarks }) => ({ image: await decodeImage(path.join(dataset.rootFolder, name)), landmarks })),
    );
    values.set(await describe(faces), start * DESCRIPTOR_SIZE);
    const done = start + part.length;
    if (done % REPORT_EVERY === 0) report(`face descriptors ${done}/${entries.length}`);
  }
  await writeCache(dataset.directory, entries, values).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    report(`warning: face descriptors cannot be kept in ${dataset.directory} and will be computed again: ${reason}`);
  });
  return split(values, entries);
}
