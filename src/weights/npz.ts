/** @file Reads NumPy's `.npz`: a zip of arrays. */

import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { buf as crc32 } from 'crc-32';
import { UserError } from '../errors';
import { fromHalf } from './half';

/** One array in row-major order. */
export interface NumpyArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;
/** What a zip of more than 4 GB writes in the place of an offset. */
const ZIP64 = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
const MAGIC = '\x93NUMPY';
/** Unpacked bytes of a file's arrays: AlexNet has 244 MB of them, and a small zip can unpack to a thousand times its size. */
const MOST_BYTES = 2 ** 30;
/** What NumPy calls its types, with the bytes of a value. */
const TYPES: Readonly<
  Record<string, { bytes: number; read: (values: ArrayBuffer) => Float32Array } | undefined>
> = {
  '<f2': { bytes: 2, read: (values) => Float32Array.from(new Uint16Array(values), fromHalf) },
  '<f4': { bytes: 4, read: (values) => new Float32Array(values) },
  '<f8': { bytes: 8, read: (values) => Float32Array.from(new Float64Array(values)) },
};

/** The files of a zip by name, unpacked. @throws Error that says what is wrong */
function unzip(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + END_BYTES > bytes.length || bytes.readUInt32LE(end) !== END_OF_DIRECTORY)
    throw new Error('no zip, or one that is cut off');
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (at === ZIP64) throw new Error('a zip of more than 4 GB');
  const files = new Map<string, Buffer>();
  let left = MOST_BYTES;
  for (let i = 0; i < count; i++) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('a damaged zip');
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const nameBytes = bytes.readUInt16LE(at + 28);
    const extra = bytes.readUInt16LE(at + 30);
    const comment = bytes.readUInt16LE(at + 32);
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameBytes);
    // the local header has an extra field of its own length
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + packed);
    if (method !== STORED && method !== DEFLATED)
      throw new Error(`${name} packed by method ${method}`);
    if (method === DEFLATED && bytes.readUInt32LE(at + 24) > left)
      throw new Error(`arrays of more than ${MOST_BYTES / 2 ** 20} MB`);
    const whole =
      method === DEFLATED
        ? inflateRawSync(content, { maxOutputLength: Math.max(1, left) })
        : content;
    left -= whole.length;
    if (crc32(whole) >>> 0 !== bytes.readUInt32LE(at + 16))
      throw new Error(`${name} with another checksum than the zip says`);
    files.set(name, whole);
    at += 46 + nameBytes + extra + comment;
  }
  return files;
}

/** @throws Error for anything but whole arrays of floats in row-major order */
function readArray(bytes: Buffer): NumpyArray {
  if (bytes.toString('latin1', 0, 6) !== MAGIC) throw new Error('no NumPy array');
  const isLong = (bytes[6] ?? 0) >= 2;
  const start = isLong ? 12 : 10;
  const length = isLong ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', start, start + length);
  const kind = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? 'a record';
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const type = TYPES[kind];
  if (type === undefined)
    throw new Error(`values of type ${kind} instead of floats of 16, 32 or 64 bits`);
  if (/'fortran_order':\s*True/.test(header))
    throw new Error('columns first; save it with numpy.ascontiguousarray');
  const size = shape.reduce((product, side) => product * side, 1);
  const from = start + length;
  if (bytes.length !== from + size * type.bytes)
    throw new Error(`${bytes.length - from} bytes for ${size} values`);
  const copy = new Uint8Array(bytes.subarray(from)).buffer;
  return { shape, values: type.read(copy) };
}

/** The arrays of a file by name. @throws UserError when it is none, or holds other things */
export async function readNpz(file: string): Promise<Map<string, NumpyArray>> {
  const wrong = (got: string, cause: unknown): UserError =>
    new UserError(
      `${file}: expected NumPy arrays (.npz), got ${got}. Write it with numpy.savez(file, name=array, …).`,
      { cause },
    );
  let files: Map<string, Buffer>;
  try {
    files = unzip(await readFile(file));
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const arrays = new Map<string, NumpyArray>();
  for (const [name, bytes] of files) {
    try {
      arrays.set(name.replace(/\.npy$/, ''), readArray(bytes));
    } catch (cause) {
      throw wrong(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
  }
  return arrays;
}
