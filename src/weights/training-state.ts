/**
 * @file What both trainings write so that they can go on: a folder of networks, arrays and `state.json`, which lists the size and the
 * SHA-256 of every file.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MachineError, UserError } from '../errors';
import type { tf } from '../engine/tf';
import { assignArrays, describeArrays, numbersIn, sizeOfArrays, writeArrays } from './array-file';
import type { NamedArrays } from './array-file';
import { MODEL_MANIFEST, writeManifest } from './model-manifest';
import type { ModelManifest } from './model-manifest';
import { sha256Of } from '../files/digest';
import type { FileDigest } from '../files/digest';
import { writeDurably } from '../files/durable-write';
import { leavesFolder } from '../files/real-path';
import { sealedJson } from '../files/sealed-json';
import { saveModel } from './saved-model';
import type { FileDigests, SavedMetadata } from './saved-model';

/** The part of it that is not arrays. */
export const STATE_FILE = 'state.json';

/** A network of it. */
export interface SavedNetwork {
  readonly model: tf.LayersModel;
  readonly metadata?: SavedMetadata;
  /** Of a generator. */
  readonly manifest?: ModelManifest;
}

/** What it is made of. */
export interface TrainingParts {
  /** By the name of their folder. */
  readonly networks: Readonly<Record<string, SavedNetwork>>;
  /** Moments of optimisers, and weights as they are trained where those are not what is saved as a network. */
  readonly arrays: NamedArrays;
  /** The file of the arrays. */
  readonly arraysFile: string;
}

/** Fills an empty folder. @param state what else state.json says, beside `files` and `arrays` */
export async function writeTrainingState(
  directory: string,
  { networks, arrays, arraysFile }: TrainingParts,
  state: object,
): Promise<void> {
  const files: FileDigests = {};
  for (const [name, { model, metadata, manifest }] of Object.entries(networks)) {
    Object.assign(files, await saveModel(model, path.join(directory, name), metadata));
    if (manifest)
      files[`${name}/${MODEL_MANIFEST}`] = await writeManifest(
        path.join(directory, name),
        manifest,
      );
  }
  files[arraysFile] = await writeArrays(path.join(directory, arraysFile), arrays);
  const whole = { ...state, files, arrays: describeArrays(arrays) };
  await writeDurably(path.join(directory, STATE_FILE), `${sealedJson(whole, 2)}\n`);
}

/** How a file that is not there, or no file, shows itself. */
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** Reads a file and compares it with what was written. @param advice what to do about a damaged one @throws UserError */
async function readChecked(
  directory: string,
  name: string,
  digest: Pick<FileDigest, 'sha256'> | undefined,
  advice: string,
): Promise<Buffer> {
  const file = path.join(directory, name);
  if (leavesFolder(name))
    throw new UserError(
      `${path.join(directory, STATE_FILE)}: expected files of its folder, got ${name}. ${advice}`,
    );
  const bytes = await readFile(file).catch((cause: unknown) => {
    // a disk or a network that fails now says nothing of the file
    if (!MISSING.has((cause as NodeJS.ErrnoException).code ?? ''))
      throw new MachineError(
        `${file}: expected to read a file of the checkpoint, got ${String(cause)}. Look at the disk, and try again.`,
        { cause },
      );
    throw new UserError(
      `${file}: expected a file of the checkpoint, got ${String(cause)}. ${advice}`,
      { cause },
    );
  });
  const sha256 = sha256Of(bytes);
  if (digest?.sha256 !== sha256)
    throw new UserError(
      `${file}: expected SHA-256 ${digest?.sha256 ?? `in ${STATE_FILE}`}, got ${sha256}. The file is damaged. ${advice}`,
    );
  return bytes;
}

/**
 * Checks every file of a folder, and gives the arrays their values.
 * @param files as state.json lists them
 * @throws UserError when a file is missing or damaged, or the arrays are of other sizes
 */
export async function restoreArrays(
  directory: string,
  files: Readonly<Record<string, Pick<FileDigest, 'sha256'>>>,
  { arrays, arraysFile }: Pick<TrainingParts, 'arrays' | 'arraysFile'>,
  advice: string,
): Promise<void> {
  for (const [name, digest] of Object.entries(files))
    if (name !== arraysFile) await readChecked(directory, name, digest, advice);
  const bytes = await readChecked(directory, arraysFile, files[arraysFile], advice);
  if (numbersIn(bytes) !== sizeOfArrays(arrays))
    throw new UserError(
      `${path.join(directory, arraysFile)}: expected ${sizeOfArrays(arrays)} numbers, got ${numbersIn(bytes)}. It belongs to other networks.`,
    );
  assignArrays(bytes, arrays);
}
