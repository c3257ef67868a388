/** @file Opens HDF5 files: Keras's weights, arrays by name, and MATLAB's of version 7.3, whose structs it reads. */

import { open } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

/** A group of the file with the names that Keras keeps in its attributes. */
export interface Hdf5Group {
  readonly path: string;
  readonly layerNames: readonly string[] | null;
  readonly weightNames: readonly string[] | null;
}

/** An array of numbers in row-major order. */
export interface Hdf5Array {
  /** In the file. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Null where they were not asked for. */
  readonly values: Float32Array | null;
  /** Whether MATLAB wrote it: its sides are turned round, the first of MATLAB's the last. */
  readonly isMatlabs: boolean;
}

/** What {@link readHdf5} finds. */
export interface Hdf5Content {
  readonly groups: readonly Hdf5Group[];
  readonly arrays: readonly Hdf5Array[];
}

/** Columns of structs by name: numbers, or texts of a cell array of texts. */
export type Hdf5Structs = Record<string, Readonly<Record<string, readonly (number | string)[]>>>;

type Answer<Content> = { readonly content: Content } | { readonly problem: string };

/** What an HDF5 file begins with, at 0 or behind a user's block. */
const SIGNATURE = Buffer.from('894844460d0a1a0a', 'hex');
const SIGNATURE_OFFSETS = [0, 512, 1024, 2048, 4096] as const;
/** The reader lies beside the sources, wherever this file was built to. */
const READER = path.resolve(__dirname, '../../src/files/h5-reader.mjs');

/** Whether a file is HDF5 by its first bytes, behind a user's block too, such as MATLAB's. @throws Error where it cannot be opened */
export async function isHdf5(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  const bytes = Buffer.alloc(SIGNATURE.length);
  try {
    for (const offset of SIGNATURE_OFFSETS) {
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      if (bytesRead === bytes.length && bytes.equals(SIGNATURE)) return true;
    }
    return false;
  } finally {
    await handle.close();
  }
}

async function readInThread<Content>(file: string, asked: object): Promise<Content> {
  const answer = await new Promise<Answer<Content>>((resolve, reject) => {
    // its stderr is HDF5's own account of an error that we tell in one line
    const worker = new Worker(READER, {
      workerData: { file: path.resolve(file), ...asked },
      stderr: true,
      stdout: true,
    });
    worker.once('message', (message: Answer<Content>) => {
      resolve(message);
      void worker.terminate();
    });
    worker.once('error', (error) => resolve({ problem: error.message }));
    worker.once('exit', (code) =>
      reject(new Error(`the reader of ${file} ended with code ${code}`)),
    );
  });
  if ('problem' in answer) throw new Error(answer.problem);
  return answer.content;
}

/**
 * Every array of numbers in a file, and its groups; what cells of MATLAB's refer to is passed over.
 * @param skipped parts of paths whose values are not wanted
 * @throws Error that says what is wrong with the file
 */
export const readHdf5 = (file: string, skipped: readonly string[] = []): Promise<Hdf5Content> =>
  readInThread(file, { skipped });

/**
 * Fields of structs that MATLAB 7.3 saved; nothing else of the file is read.
 * @param wanted names of fields by name of struct; those that are not there are left out
 * @throws Error that says what is wrong with the file
 */
export const readHdf5Structs = (
  file: string,
  wanted: Readonly<Record<string, readonly string[]>>,
): Promise<Hdf5Structs> => readInThread(file, { wanted });
