/** @file TFRecord framing: length, its CRC, data, its CRC. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { maskedCrc32c } from './crc32c';

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;
/** How much of a file is read at a time, unless a record is larger. */
const WINDOW_BYTES = 1 << 20;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** One record as it stands in a file. */
export function frameRecord(data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, uint32(maskedCrc32c(length)), data, uint32(maskedCrc32c(data))]);
}

/** Bytes that a record takes in a file. */
export const framedLength = (data: Uint8Array): number => HEADER_BYTES + data.length + FOOTER_BYTES;

/** Told of a checksum that is wrong; may throw. @param at byte at which the record starts */
type OnDamage = (at: number, what: 'length' | 'data') => void;

/** Reads parts of a file that follow one another. @returns what gives `length` bytes from `at` on, which must be there */
function readerOf(descriptor: number): (at: number, length: number) => Buffer {
  let window = Buffer.alloc(0);
  let start = 0;
  return (at, length) => {
    if (at < start || at + length > start + window.length) {
      const bytes = Buffer.alloc(Math.max(length, WINDOW_BYTES));
      let filled = 0;
      for (let read = 1; read > 0 && filled < bytes.length; filled += read)
        read = readSync(descriptor, bytes, filled, bytes.length - filled, at + filled);
      window = bytes.subarray(0, filled);
      start = at;
    }
    return window.subarray(at - start, at - start + length);
  };
}

/** The records of a file of any size, up to one that is cut off or damaged. */
export function* readRecords(file: string, onDamage: OnDamage): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const read = readerOf(descriptor);
    for (let at = 0; at + HEADER_BYTES <= size;) {
      const header = read(at, HEADER_BYTES);
      const length = header.subarray(0, 8);
      if (header.readUInt32LE(8) !== maskedCrc32c(length)) {
        onDamage(at, 'length');
        return;
      }
      const start = at + HEADER_BYTES;
      const end = start + Number(length.readBigUInt64LE());
      if (end + FOOTER_BYTES > size) return;
      const body = read(start, end + FOOTER_BYTES - start);
      const data = body.subarray(0, end - start);
      if (body.readUInt32LE(end - start) !== maskedCrc32c(data)) {
        onDamage(at, 'data');
        return;
      }
      yield data;
      at = end + FOOTER_BYTES;
    }
  } finally {
    closeSync(descriptor);
  }
}
