/** @file Reads a sorted string table (LevelDB's format), which the index of a TensorFlow checkpoint is. */

import { maskedCrc32c } from 'tensorboard-logger-ts';

const MAGIC = 0xdb4775248b80fb57n;
const FOOTER_BYTES = 48;
/** One byte of compression type and four of masked CRC behind every block. */
const TRAILER_BYTES = 5;

/** Bytes of a key: names of variables; keys that share most of a long one would be copied again and again. */
const MOST_KEY_BYTES = 4096;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** Reads varints from a place on. */
function varintReader(bytes: Buffer, start: number): { next(): number; position(): number } {
  let at = start;
  return {
    next: () => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes.readUInt8(at++);
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
      }
    },
    position: () => at,
  };
}

function readBlock(file: Buffer, { offset, size }: Handle): Buffer {
  if (offset + size + TRAILER_BYTES > file.length)
    throw new Error(`a block at ${offset} ends after the file`);
  const contents = file.subarray(offset, offset + size);
  const compression = file.readUInt8(offset + size);
  if (compression !== 0)
    throw new Error(
      `a block at ${offset} is compressed (type ${compression}); TensorFlow writes its checkpoints uncompressed`,
    );
  const stored = file.readUInt32LE(offset + size + 1);
  if (maskedCrc32c(file.subarray(offset, offset + size + 1)) !== stored)
    throw new Error(`a wrong checksum of the block at ${offset}`);
  return contents;
}

/** Keys share a prefix with the one before them; the block ends with its restart points and their number. */
function* blockEntries(block: Buffer): Generator<[key: Buffer, value: Buffer]> {
  const end = block.length - 4 * (1 + block.readUInt32LE(block.length - 4));
  let key = Buffer.alloc(0);
  let at = 0;
  while (at < end) {
    const reader = varintReader(block, at);
    const shared = reader.next();
    const unshared = reader.next();
    const length = reader.next();
    at = reader.position();
    key = Buffer.concat([key.subarray(0, shared), block.subarray(at, at + unshared)]);
    if (key.length > MOST_KEY_BYTES) throw new Error(`a name of ${key.length} bytes`);
    yield [key, block.subarray(at + unshared, at + unshared + length)];
    at += unshared + length;
  }
}

/** All keys (UTF-8) and values of a table, in order. @throws Error when it is damaged or not a table */
export function readTable(file: Buffer): Map<string, Buffer> {
  if (file.length < FOOTER_BYTES || file.readBigUInt64LE(file.length - 8) !== MAGIC)
    throw new Error('no table (its magic number is missing)');
  const footer = varintReader(file, file.length - FOOTER_BYTES);
  const handles = [footer.next(), footer.next(), footer.next(), footer.next()];
  const index = readBlock(file, { offset: handles[2] ?? 0, size: handles[3] ?? 0 });
  const table = new Map<string, Buffer>();
  let free = 0;
  for (const [, handle] of blockEntries(index)) {
    const reader = varintReader(handle, 0);
    const place = { offset: reader.next(), size: reader.next() };
    // one behind the other: an index that names a block again and again has more entries than the file bytes
    if (place.offset < free) throw new Error(`a block at ${place.offset} that lies in another`);
    free = place.offset + place.size;
    for (const [key, value] of blockEntries(readBlock(file, place)))
      table.set(key.toString('utf8'), value);
  }
  return table;
}
