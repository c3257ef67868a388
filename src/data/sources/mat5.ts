/** @file Reads chosen columns of structs from MATLAB 5 files as a stream: what is not asked for is skipped, not held in memory. */

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';

/** Values of a struct's fields: numbers of a numeric array, texts of a cell array of texts. */
export type MatColumns = Readonly<Record<string, readonly (number | string)[]>>;

const HEADER_BYTES = 128;
const VERSION_AT = 124;
const ALIGNMENT = 8;
/** Element types of the format. */
const TYPE = {
  int8: 1,
  uint8: 2,
  int16: 3,
  uint16: 4,
  int32: 5,
  uint32: 6,
  single: 7,
  double: 9,
  int64: 12,
  uint64: 13,
  matrix: 14,
  compressed: 15,
  utf8: 16,
  utf16: 17,
} as const;
/** Classes of arrays. */
const CLASS = { cell: 1, struct: 2, char: 4 } as const;

const NUMBERS: Readonly<
  Record<number, readonly [bytes: number, read: (b: Buffer, at: number) => number] | undefined>
> = {
  [TYPE.int8]: [1, (b, at) => b.readInt8(at)],
  [TYPE.uint8]: [1, (b, at) => b.readUInt8(at)],
  [TYPE.int16]: [2, (b, at) => b.readInt16LE(at)],
  [TYPE.uint16]: [2, (b, at) => b.readUInt16LE(at)],
  [TYPE.int32]: [4, (b, at) => b.readInt32LE(at)],
  [TYPE.uint32]: [4, (b, at) => b.readUInt32LE(at)],
  [TYPE.single]: [4, (b, at) => b.readFloatLE(at)],
  [TYPE.double]: [8, (b, at) => b.readDoubleLE(at)],
  [TYPE.int64]: [8, (b, at) => Number(b.readBigInt64LE(at))],
  [TYPE.uint64]: [8, (b, at) => Number(b.readBigUInt64LE(at))],
};

/** Bytes of an element that is held in memory, and values of a column: CACD's largest are 30 MB and 163,446, and lengths may be wrong. */
const MOST_BYTES = 2 ** 27;
const MOST_VALUES = 5_000_000;
/** Bytes of a field's name that MATLAB writes at most. */
const MOST_NAME_BYTES = 64;

/** Bytes of a stream, in order. */
interface Bytes {
  take(count: number): Promise<Buffer>;
  skip(count: number): Promise<void>;
  isAtEnd(): Promise<boolean>;
  /** Reads on to the end. */
  drain(): Promise<void>;
  /** The next `count` bytes as a stream of their own; to be read before anything else is. */
  portion(count: number): AsyncGenerator<Buffer>;
}

function bytesOf(stream: AsyncIterable<Buffer>): Bytes {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  /** Reads on until there are so many bytes; @returns false where the stream ends before. */
  const more = async (least = 1): Promise<boolean> => {
    const parts = [rest];
    let length = rest.length;
    while (length < least) {
      const next = await chunks.next();
      if (next.done === true) break;
      parts.push(next.value);
      length += next.value.length;
    }
    rest = Buffer.concat(parts);
    return length >= least;
  };
  const cutOff = (): never => {
    throw new Error('the file ends in the middle of an element');
  };
  async function* portion(count: number): AsyncGenerator<Buffer> {
    let left = count;
    while (left > 0) {
      if (rest.length === 0 && !(await more())) cutOff();
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
  return {
    take: async (count) => {
      if (count > MOST_BYTES) throw new Error(`an element of ${count} bytes`);
      if (rest.length < count && !(await more(count))) cutOff();
      const taken = rest.subarray(0, count);
      rest = rest.subarray(count);
      return taken;
    },
    skip: async (count) => {
      const parts = portion(count);
      while ((await parts.next()).done !== true);
    },
    isAtEnd: async () => rest.length === 0 && !(await more()),
    drain: async () => {
      do rest = Buffer.alloc(0);
      while (await more());
    },
    portion,
  };
}

/** An element's tag; data of up to four bytes stand in the tag itself. */
interface Tag {
  readonly type: number;
  readonly bytes: number;
  readonly small: Buffer | null;
}

async function readTag(source: Bytes): Promise<Tag> {
  const tag = await source.take(8);
  const word = tag.readUInt32LE(0);
  const smallBytes = word >>> 16;
  if (smallBytes > 0)
    return {
      type: word & 0xffff,
      bytes: smallBytes,
      small: Buffer.from(tag.subarray(4, 4 + smallBytes)),
    };
  return { type: word, bytes: tag.readUInt32LE(4), small: null };
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

async function readData(source: Bytes): Promise<{ readonly type: number; readonly data: Buffer }> {
  const { type, bytes, small } = await readTag(source);
  return { type, data: small ?? (await source.take(padded(bytes))).subarray(0, bytes) };
}

function toNumbers({ type, data }: { readonly type: number; readonly data: Buffer }): number[] {
  const form = NUMBERS[type];
  if (form === undefined) throw new Error(`an array of numbers of unknown type ${type}`);
  const [size, read] = form;
  return Array.from({ length: data.length / size }, (_, i) => read(data, i * size));
}

function toText({ type, data }: { readonly type: number; readonly data: Buffer }): string {
  if (type === TYPE.uint16 || type === TYPE.utf16) return data.toString('utf16le');
  return data.toString(type === TYPE.utf8 ? 'utf8' : 'latin1');
}

/** What stands in front of an array's values. */
interface ArrayHead {
  readonly arrayClass: number;
  readonly length: number;
  readonly name: string;
}

async function readHead(source: Bytes): Promise<ArrayHead> {
  const flags = toNumbers(await readData(source));
  const dimensions = toNumbers(await readData(source));
  const name = toText(await readData(source));
  return {
    arrayClass: (flags[0] ?? 0) & 0xff,
    length: dimensions.reduce((product, size) => product * size, 1),
    name,
  };
}

/** A column: numbers of an array, or texts of a cell array. */
async function readColumn(source: Bytes): Promise<(number | string)[]> {
  const { bytes } = await readTag(source);
  if (bytes === 0) return [];
  const { arrayClass, length } = await readHead(source);
  if (arrayClass === CLASS.char) return [toText(await readData(source))];
  if (arrayClass !== CLASS.cell) return toNumbers(await readData(source));
  if (length > MOST_VALUES) throw new Error(`a cell array of ${length} values`);
  const values: (number | string)[] = [];
  for (let i = 0; i < length; i++) values.push(...(await readColumn(source)).slice(0, 1));
  return values;
}

/** The wanted fields of a struct; null when it is not wanted. */
async function readStruct(
  source: Bytes,
  wanted: Readonly<Record<string, readonly string[]>>,
): Promise<readonly [string, MatColumns] | null> {
  await readTag(source);
  const { arrayClass, name } = await readHead(source);
  const fields = wanted[name];
  if (arrayClass !== CLASS.struct || !fields) return null;
  const [nameBytes = 0] = toNumbers(await readData(source));
  if (!(nameBytes >= 1 && nameBytes <= MOST_NAME_BYTES))
    throw new Error(`names of fields of ${nameBytes} bytes`);
  const { data } = await readData(source);
  const columns: Record<string, (number | string)[]> = {};
  for (let at = 0; at < data.length; at += nameBytes) {
    const field = data.toString('latin1', at, at + nameBytes).replace(/\0.*$/s, '');
    if (fields.includes(field)) columns[field] = await readColumn(source);
    else await source.skip(padded((await readTag(source)).bytes));
  }
  return [name, columns];
}

/** An element's own bytes: its tag again and what follows, or what its compressed data unpack to. */
function elementOf(tag: Buffer, portion: AsyncGenerator<Buffer>): AsyncIterable<Buffer> {
  if (tag.readUInt32LE(0) !== TYPE.compressed) {
    return (async function* () {
      yield tag;
      yield* portion;
    })();
  }
  const inflate = createInflate();
  // an error on either side ends the reading below
  pipeline(Readable.from(portion), inflate).catch(() => undefined);
  return inflate as AsyncIterable<Buffer>;
}

async function readAll(
  stream: AsyncIterable<Buffer>,
  wanted: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, MatColumns>> {
  const source = bytesOf(stream);
  const header = await source.take(HEADER_BYTES);
  if (
    header.toString('latin1', VERSION_AT + 2, HEADER_BYTES) !== 'IM' ||
    header.readUInt16LE(VERSION_AT) !== 0x0100
  )
    throw new Error('no header of a little-endian MATLAB 5 file');
  const structs: Record<string, MatColumns> = {};
  while (!(await source.isAtEnd())) {
    const tag = Buffer.from(await source.take(8));
    const element = bytesOf(elementOf(tag, source.portion(tag.readUInt32LE(4))));
    const found = await readStruct(element, wanted);
    if (found) structs[found[0]] = found[1];
    await element.drain();
  }
  return structs;
}

/**
 * Reads fields of the structs of a file.
 * @param wanted names of fields by name of struct
 * @throws Error that says what is wrong with the file
 */
export async function readMat5Structs(
  file: string,
  wanted: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, MatColumns>> {
  const stream = createReadStream(file);
  return readAll(stream as AsyncIterable<Buffer>, wanted).finally(() => stream.destroy());
}
