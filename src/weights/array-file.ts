/** @file Variables one behind the other in a file, little-endian float32: moments of optimisers, and weights as they are trained. */

import type { tf } from '../engine/tf';
import { assignValues } from '../models/named-weights';
import type { FileDigest } from '../files/digest';
import { writeDurably } from '../files/durable-write';

const FLOAT_BYTES = 4;

/** Variables by name, in the order of the file. */
export type NamedArrays = ReadonlyMap<string, tf.Variable>;

/** What a file's arrays are, in its order. */
export const describeArrays = (arrays: NamedArrays): { name: string; shape: number[] }[] =>
  [...arrays].map(([name, { shape }]) => ({ name, shape }));

/** Writes their values. @returns size and SHA-256 of the file */
export async function writeArrays(file: string, arrays: NamedArrays): Promise<FileDigest> {
  const parts: Buffer[] = [];
  for (const variable of arrays.values()) {
    const values = await variable.data();
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  return writeDurably(file, Buffer.concat(parts));
}

/** How many numbers the arrays have in all. */
export const sizeOfArrays = (arrays: NamedArrays): number =>
  [...arrays.values()].reduce((sum, { size }) => sum + size, 0);

/** How many numbers a file's bytes are. */
export const numbersIn = (bytes: Buffer): number => bytes.length / FLOAT_BYTES;

/** Gives variables the values of a file, whose size has been checked. */
export function assignArrays(bytes: Buffer, arrays: NamedArrays): void {
  let offset = bytes.byteOffset;
  for (const variable of arrays.values()) {
    const end = offset + FLOAT_BYTES * variable.size;
    assignValues(variable, new Float32Array(bytes.buffer.slice(offset, end)));
    offset = end;
  }
}
