/** @file Reads checkpoints that TensorFlow wrote (TensorBundle: `PREFIX.index` and `PREFIX.data-00000-of-00001`). */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { maskedCrc32c, readFields } from 'tensorboard-logger-ts';
import { UserError } from '../errors';
import { foreignFormat, foreignFormatIn } from './foreign-format';
import type { ForeignFormat } from './foreign-format';
import { fromHalf } from './half';
import { readTable } from './sstable';

/** TensorFlow's numbers of the types that its checkpoints hold, with their bytes. */
const DTYPES: Readonly<Record<number, { readonly name: string; readonly bytes: number }>> = {
  1: { name: 'float32', bytes: 4 },
  2: { name: 'float64', bytes: 8 },
  3: { name: 'int32', bytes: 4 },
  9: { name: 'int64', bytes: 8 },
  14: { name: 'bfloat16', bytes: 2 },
  19: { name: 'float16', bytes: 2 },
};

/** Where a variable's values lie. */
export interface BundleEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

/** An opened checkpoint. */
export interface Tf1Bundle {
  readonly prefix: string;
  /** Number in the name `…-9999`, or null; the original counts from zero. */
  readonly step: number | null;
  readonly entries: ReadonlyMap<string, BundleEntry>;
  /** Values in row-major order, checksum verified. @throws UserError when unknown, damaged, or cut off */
  read(name: string): Promise<Float32Array | Float64Array | Int32Array>;
}

const hasIndex = (prefix: string): boolean => existsSync(`${prefix}.index`);

/** Where a SavedModel has its variables, in the same form. */
const SAVED_MODEL = { graph: /^saved_model\.pb(txt)?$/, variables: 'variables/variables' } as const;

/** The name that a pointer file records, without its folder, which is of the machine that wrote it: Windows has backslashes. */
const baseName = (recorded: string): string =>
  path.posix.basename(recorded.replaceAll('\\\\', '\\').replaceAll('\\', '/'));

/** The newest of a network's checkpoints. @throws UserError where they are of several networks, and nobody can tell which is meant */
function newestOf(directory: string, prefixes: readonly string[]): string | undefined {
  const networks = new Set(prefixes.map((name) => name.replace(/-\d+$/, '')));
  if (networks.size > 1)
    throw new UserError(
      `${directory}: expected checkpoints of one network, got ${networks.size}: ${[...networks].sort().join(', ')}. Give the prefix of one, such as ${path.join(directory, [...prefixes].sort()[0] ?? '')}.`,
    );
  return [...prefixes].sort((a, b) => (stepOf(a) ?? -1) - (stepOf(b) ?? -1)).at(-1);
}

/**
 * The prefix that a location stands for: itself, or what its directory's `checkpoint` file or newest index names, or its SavedModel's.
 * @throws UserError for a directory with several networks and no `checkpoint` file that names one
 */
function prefixOf(location: string): string | null {
  const plain = location.replace(/\.(index|meta|data-\d+-of-\d+)$/, '');
  if (hasIndex(plain)) return plain;
  if (!existsSync(location) || !statSync(location).isDirectory()) return null;
  const pointer = path.join(location, 'checkpoint');
  const named = existsSync(pointer)
    ? /^model_checkpoint_path:\s*"(.+)"/m.exec(readFileSync(pointer, 'utf8'))?.[1]
    : undefined;
  // the recorded path is of the machine that wrote it; the file lies beside the pointer
  const candidates =
    named === undefined
      ? []
      : [path.resolve(location, named), path.join(location, baseName(named))];
  const found = candidates.find(hasIndex);
  if (found !== undefined) return found;
  const names = readdirSync(location);
  const inSavedModel = path.join(location, SAVED_MODEL.variables);
  if (names.some((name) => SAVED_MODEL.graph.test(name)) && hasIndex(inSavedModel))
    return inSavedModel;
  const newest = newestOf(
    location,
    names.filter((name) => name.endsWith('.index')).map((name) => name.slice(0, -'.index'.length)),
  );
  return newest === undefined ? null : path.join(location, newest);
}

function stepOf(prefix: string): number | null {
  const digits = /-(\d+)$/.exec(prefix)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The format of a file of others, or of the first in a folder. */
const foreignIn = (location: string): ForeignFormat | null =>
  existsSync(location) && statSync(location).isDirectory()
    ? foreignFormatIn(location)
    : foreignFormat(location);

/** Whether a location is, or holds, a checkpoint that TensorFlow wrote. */
export const isTf1Bundle = (location: string): boolean => prefixOf(location) !== null;

function parseEntry(name: string, value: Buffer): BundleEntry {
  const entry = { dtype: 'unknown', shape: [] as number[], shard: 0, offset: 0, size: 0, crc: 0 };
  for (const { number, value: n, content } of readFields(value)) {
    if (number === 1) entry.dtype = DTYPES[n]?.name ?? `type ${n}`;
    if (number === 2)
      entry.shape = readFields(content)
        .filter((field) => field.number === 2)
        .map((dim) => readFields(dim.content).find((field) => field.number === 1)?.value ?? 0);
    if (number === 3) entry.shard = n;
    if (number === 4) entry.offset = n;
    if (number === 5) entry.size = n;
    if (number === 6) entry.crc = content.readUInt32LE(0);
    if (number === 7) throw new Error(`variable ${name} in slices (a partitioned variable)`);
  }
  return entry;
}

function parseHeader(value: Buffer | undefined): number {
  if (!value) throw new Error('no header');
  const fields = readFields(value);
  if (fields.some(({ number, value: endianness }) => number === 2 && endianness !== 0))
    throw new Error('big-endian values');
  return fields.find(({ number }) => number === 1)?.value ?? 1;
}

function decode(dtype: string, bytes: Buffer): Float32Array | Float64Array | Int32Array {
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  if (dtype === 'float32') return new Float32Array(copy);
  if (dtype === 'float64') return new Float64Array(copy);
  if (dtype === 'int32') return new Int32Array(copy);
  if (dtype === 'float16') return Float32Array.from(new Uint16Array(copy), fromHalf);
  // the upper half of a float32
  if (dtype === 'bfloat16')
    return new Float32Array(Uint32Array.from(new Uint16Array(copy), (bits) => bits << 16).buffer);
  return Float64Array.from(new BigInt64Array(copy), Number);
}

async function readRange(file: string, offset: number, size: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    // before memory is taken for what is not there
    const there = Math.max(0, Math.min(size, (await handle.stat()).size - offset));
    if (there !== size || offset < 0)
      throw new Error(`${there} bytes instead of ${size} at ${offset}: the file is cut off`);
    const bytes = Buffer.alloc(size);
    await handle.read(bytes, 0, size, offset);
    return bytes;
  } finally {
    await handle.close();
  }
}

/**
 * Opens a checkpoint by its prefix or directory.
 * @throws UserError when the index is missing or damaged, or a data file of it is missing
 */
export async function openTf1Bundle(location: string): Promise<Tf1Bundle> {
  const prefix = prefixOf(location);
  const failed = (file: string, expected: string, cause: unknown): UserError =>
    new UserError(
      `${file}: expected ${expected}, got ${cause instanceof Error ? cause.message : String(cause)}. Copy the checkpoint again.`,
      { cause },
    );
  if (prefix === null) {
    const foreign = foreignIn(location);
    if (foreign !== null)
      throw new UserError(
        `${location}: expected a TensorFlow 1 checkpoint (PREFIX.index and PREFIX.data-*), got ${foreign.name}. ${foreign.advice}`,
      );
    throw new UserError(
      `${location}: expected a TensorFlow 1 checkpoint (PREFIX.index and PREFIX.data-*), got none. Give its prefix or directory.`,
    );
  }
  const entries = new Map<string, BundleEntry>();
  let shards = 1;
  try {
    const table = readTable(await readFile(`${prefix}.index`));
    shards = parseHeader(table.get(''));
    for (const [name, value] of table) if (name !== '') entries.set(name, parseEntry(name, value));
  } catch (cause) {
    throw failed(`${prefix}.index`, 'the index of a TensorFlow checkpoint', cause);
  }
  const shardFile = (shard: number): string =>
    `${prefix}.data-${String(shard).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}`;
  for (let shard = 0; shard < shards; shard++) {
    await stat(shardFile(shard)).catch((cause: unknown) => {
      throw failed(shardFile(shard), `data file ${shard + 1} of ${shards}`, cause);
    });
  }
  const read = async (name: string): Promise<Float32Array | Float64Array | Int32Array> => {
    const entry = entries.get(name);
    if (!entry) throw failed(prefix, `a variable ${name}`, `${entries.size} others`);
    const itemBytes = Object.values(DTYPES).find((dtype) => dtype.name === entry.dtype)?.bytes;
    const count = entry.shape.reduce((product, size) => product * size, 1);
    if (itemBytes === undefined)
      throw failed(prefix, `${name} as a float of 16, 32 or 64 bits, int32 or int64`, entry.dtype);
    if (entry.size !== count * itemBytes)
      throw failed(
        prefix,
        `${count * itemBytes} bytes for ${name} [${entry.shape.join()}]`,
        `${entry.size}`,
      );
    try {
      const bytes = await readRange(shardFile(entry.shard), entry.offset, entry.size);
      if (maskedCrc32c(bytes) !== entry.crc) throw new Error('a wrong checksum');
      return decode(entry.dtype, bytes);
    } catch (cause) {
      throw failed(shardFile(entry.shard), `the values of ${name}`, cause);
    }
  };
  return { prefix, step: stepOf(prefix), entries, read };
}
