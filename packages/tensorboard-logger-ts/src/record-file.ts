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

/** The records of a file; ends quietly at a record that is cut off. @throws Error when a CRC is wrong */
export function* readRecords(file: Buffer, label: string): Generator<Buffer> {
  for (let at = 0; at + HEADER_BYTES <= file.length;) {
    const length = file.subarray(at, at + 8);
    if (file.readUInt32LE(at + 8) !== maskedCrc32c(length))
      throw new Error(`${label}: expected a record at byte ${at}, got a wrong checksum of its length`);
    const start = at + HEADER_BYTES;
    const end = start + Number(length.readBigUInt64LE());
    if (end + FOOTER_BYTES > file.length) return;
    const data = file.subarray(start, end);
    if (file.readUInt32LE(end) !== maskedCrc32c(data))
      throw new Error(`${label}: expected a record at byte ${at}, got a wrong checksum of its data`);
    yield data;
    at = end + FOOTER_BYTES;
  }
}
