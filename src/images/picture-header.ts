/** @file What an encoded picture says of itself, before a pixel of it is decoded. */

import sharp from 'sharp';

/** Formats that are told by their first bytes; the names are those of `image/…`. */
const SIGNATURES = {
  jpeg: /^\xff\xd8\xff/,
  png: /^\x89PNG\r\n\x1a\n/,
  webp: /^RIFF[^]{4}WEBP/,
} as const;
const SIGNATURE_BYTES = 12;

export type PictureFormat = keyof typeof SIGNATURES;
export const PICTURE_FORMATS = Object.keys(SIGNATURES) as readonly PictureFormat[];

/** Format and size of a picture, in pixels as they are stored. */
export interface PictureHeader {
  readonly format: PictureFormat;
  readonly width: number;
  readonly height: number;
}

/** Scans of a JPEG that are decoded: cameras and programs write 1 to 12, and the format allows thousands. */
export const MOST_SCANS = 100;

/** Bytes after 0xff that stand alone: stuffing, restarts and the start. */
const isAlone = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/**
 * How often a JPEG goes over its pixels, since a small file can have a decoder do so for minutes; 0 for other formats.
 * What lies within its metadata, as a thumbnail, is not counted.
 */
export function countScans(bytes: Buffer): number {
  if (formatOf(bytes) !== 'jpeg') return 0;
  let scans = 0;
  let at = bytes.indexOf(0xff);
  while (at >= 0 && at + 3 < bytes.length) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xd9) break;
    if (marker === 0xda) scans += 1;
    const step = marker === 0xff ? 1 : isAlone(marker) ? 2 : 2 + bytes.readUInt16BE(at + 2);
    at = bytes.indexOf(0xff, at + step);
  }
  return scans;
}

/** The format that the first bytes say; null for any other. */
export function formatOf(bytes: Uint8Array): PictureFormat | null {
  const first = Buffer.from(bytes.subarray(0, SIGNATURE_BYTES)).toString('latin1');
  return PICTURE_FORMATS.find((format) => SIGNATURES[format].test(first)) ?? null;
}

/** Reads format and size; null for what is no JPEG, PNG or WebP, or has no whole header. Decodes nothing. */
export async function readPictureHeader(bytes: Buffer): Promise<PictureHeader | null> {
  const format = formatOf(bytes);
  if (format === null) return null;
  try {
    // the size is what is asked for: there is no limit to it here
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return width > 0 && height > 0 ? { format, width, height } : null;
  } catch {
    return null;
  }
}
