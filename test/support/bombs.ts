/** @file Small files that unpack to far more than they say, or keep a decoder at work. */

import { deflateSync } from 'node:zlib';
import { buf as crc32 } from 'crc-32';
import sharp from 'sharp';

const SIDE = 64;
/** What each PNG's compressed part unpacks to, in bytes. */
export const UNPACKED = 512 * 1024 ** 2;

/** A chunk of a PNG. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

const text = (letters: string): Buffer => Buffer.from(letters, 'latin1');

/** Of 64 × 64 black pixels, with chunks before the pixels. @param pixels compressed */
function png(before: readonly Buffer[], pixels: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  // 8 bits, RGB
  header.set([8, 2], 8);
  return Buffer.concat([
    text('\x89PNG\r\n\x1a\n'),
    chunk('IHDR', header),
    ...before,
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** PNGs of 64 × 64 pixels in which something unpacks to {@link UNPACKED}: the pixels, a text, a colour profile, a record. */
export function pngBombs(): Readonly<Record<'pixels' | 'text' | 'profile' | 'record', Buffer>> {
  const zeros = deflateSync(Buffer.alloc(UNPACKED));
  const pixels = deflateSync(Buffer.alloc(SIDE * (SIDE * 3 + 1)));
  const packed = (type: string, head: string): Buffer =>
    chunk(type, Buffer.concat([text(head), zeros]));
  return {
    pixels: png([], zeros),
    text: png([packed('zTXt', 'Comment\0\0')], pixels),
    profile: png([packed('iCCP', 'profile\0\0')], pixels),
    record: png([packed('iTXt', 'XML:com.adobe.xmp\0\x01\0\0\0')], pixels),
  };
}

/** A WebP of 32 × 32 pixels and so many frames, each another. */
export function manyFrames(frames: number): Promise<Buffer> {
  const side = 32;
  const data = Buffer.alloc(side * side * 3 * frames);
  // a step that is no divisor of a frame
  for (let i = 0; i < data.length; i++) data[i] = (i * 31 + (i >> 7)) & 255;
  const raw = { width: side, height: side * frames, channels: 3, pageHeight: side } as const;
  return sharp(data, { raw, limitInputPixels: false }).webp({ effort: 0 }).toBuffer();
}

/** A part of a JPEG. */
const segment = (marker: number, data: readonly number[]): Buffer =>
  Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data]);

/** A code that says that 16,384 blocks and so many more have nothing to add: one bit, and fourteen. */
const nothing = (more: number): string => `0${more.toString(2).padStart(14, '0')}`;

/**
 * A grey progressive JPEG that goes over its pixels so often, and says each time that there is nothing new: nothing in it breaks a rule.
 * @param side in pixels; 1,024 has 16,384 blocks @param scans at most 883: for each of 63 frequencies, one for each of 14 bits
 */
export function manyScans(side: 1024, scans: number): Buffer {
  const blocks = (side / 8) ** 2;
  const table = (kind: number, symbol: number): Buffer =>
    segment(0xc4, [kind << 4, 1, ...Array<number>(15).fill(0), symbol]);
  const scan = (frequency: number, before: number, bit: number): Buffer =>
    segment(0xda, [1, 1, 0, frequency, frequency, (before << 4) | bit]);
  const code = nothing(blocks - 16_384).padEnd(16, '1');
  const data = Buffer.from([parseInt(code.slice(0, 8), 2), parseInt(code.slice(8), 2)]);
  const parts = [
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    segment(0xc2, [8, side >> 8, side & 255, side >> 8, side & 255, 1, 1, 0x11, 0]),
    table(0, 0),
    table(1, 0xe0),
    // the mean of each block: one bit that says 0
    scan(0, 0, 0),
    Buffer.alloc(blocks / 8),
  ];
  for (let done = 1; done < scans; done++) {
    const bit = 13 - ((done - 1) % 14);
    const frequency = 1 + Math.floor((done - 1) / 14);
    parts.push(scan(frequency, bit === 13 ? 0 : bit + 1, bit), data);
  }
  return Buffer.concat([...parts, Buffer.from([0xff, 0xd9])]);
}
