/** @file TFRecord framing: length, its CRC, data, its CRC. */

import { maskedCrc32c } from './crc32c';

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

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

/** Told of a checksum that is wrong; may throw. @param at byte at which the record starts */
type OnDamage = (at: number, what: 'length' | 'data') => void;

/** The records of a file, up to one that is cut off or damaged. */
export function* readRecords(file: Buffer, onDamage: OnDamage): Generator<Buffer> {
  for (let at = 0; at + HEADER_BYTES <= file.length;) {
    const length = file.subarray(at, at + 8);
    if (file.readUInt32LE(at + 8) !== maskedCrc32c(length)) {
      onDamage(at, 'length');
      return;
    }
    const start = at + HEADER_BYTES;
    const end = start + Number(length.readBigUInt64LE());
    if (end + FOOTER_BYTES > file.length) return;
    const data = file.subarray(start, end);
    if (file.readUInt32LE(end) !== maskedCrc32c(data)) {
      onDamage(at, 'data');
      return;
    }
    yield data;
    at = end + FOOTER_BYTES;
  }
}
