/** @file Decodes, resizes and encodes pictures; the only place where training pixels come from. */

import { open, readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { UserError } from '../errors';
import { countScans, MOST_SCANS } from './picture-header';
import type { RgbImage } from './pixels';
import { CHANNELS } from './pixels';
import { reading } from './reading';

/** More pixels than this are refused before decoding: a small file can unpack to gigabytes. */
const MOST_PIXELS = 100_000_000;
/** Of a side, JPEG's own bound: the decoder takes hundreds of bytes for every pixel of a row, however few rows there are. */
const MOST_SIDE = 65_535;
const JPEG_QUALITY = 95;

/** A phone's photographs, which libvips may not decode, for patents: a box `ftyp` and one of these brands. */
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];
const HEADER_BYTES = 12;

/** What files of common formats begin with. */
const SIGNATURE = /^(\xff\xd8\xff|\x89PNG\r\n|GIF8|RIFF[^]{4}WEBP|II[*+]\0|MM\0[*+])/;
/** AVIF and its like, of which only the decoder says whether it knows them. */
const BOX = /^[^]{4}ftyp/;
const NO_PICTURE = 'no picture by its first bytes';

/** The first bytes of a file. @throws the file system's error */
async function readHeader(file: string): Promise<string> {
  const handle = await open(file, 'r');
  const bytes = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await handle.read(bytes, 0, HEADER_BYTES, 0).finally(() => handle.close());
  return bytes.toString('latin1', 0, bytesRead);
}

const headerOf = (bytes: Buffer): string => bytes.toString('latin1', 0, HEADER_BYTES);

const firstLine = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);

/** What the first bytes of a file say against its being a picture; null where they say nothing. Nothing is decoded. */
export async function headerProblem(file: string): Promise<string | null> {
  try {
    const header = await reading(file, () => readHeader(file));
    if (SIGNATURE.test(header)) return null;
    if (header === '') return 'an empty file';
    if (isHeic(header)) return 'HEIC, which cannot be decoded here';
    if (!BOX.test(header)) return NO_PICTURE;
    await sharp(file, { limitInputPixels: MOST_PIXELS }).metadata();
    return null;
  } catch (error) {
    return firstLine(error);
  }
}

const isHeic = (header: string): boolean =>
  header.slice(4, 8) === 'ftyp' && HEIC_BRANDS.includes(header.slice(8));

/** What a file's bytes say against decoding it; null where they say nothing. */
function problemOf(bytes: Buffer): string | null {
  const header = headerOf(bytes);
  // a drawing, as SVG, is a program: it can have its reader draw for ever
  if (!SIGNATURE.test(header) && !BOX.test(header))
    return header === '' ? 'an empty file' : NO_PICTURE;
  const scans = countScans(bytes);
  return scans > MOST_SCANS ? `a JPEG of ${scans} scans, more than ${MOST_SCANS}` : null;
}

/** Decodes the first frame. @throws the decoder's error */
async function decode(bytes: Buffer): Promise<RgbImage> {
  const { width, height } = await sharp(bytes, {
    limitInputPixels: MOST_PIXELS,
  }).metadata();
  if (Math.max(width, height) > MOST_SIDE)
    throw new Error(`${width} x ${height} pixels, a side of more than ${MOST_SIDE}`);
  const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data: toThreeChannels(data, info.channels), width: info.width, height: info.height };
}

/** Draws an SVG of our own; one from outside could take for ever. */
export const renderDrawing = (svg: string): Promise<RgbImage> => decode(Buffer.from(svg));

/**
 * Decodes the first frame to RGB: EXIF orientation applied, grey and CMYK converted, 16 bits scaled to 8, transparency laid on white.
 * @param input path, or the file's bytes, which `name` then names in errors
 * @throws UserError when the file is missing, is not a whole picture, or would take a decoder minutes
 */
export async function decodeImage(input: string | Buffer, name = String(input)): Promise<RgbImage> {
  let bytes: Buffer | null = null;
  try {
    bytes = typeof input === 'string' ? await reading(name, () => readFile(input)) : input;
    const problem = problemOf(bytes);
    if (problem !== null) throw new Error(problem);
    return await decode(bytes);
  } catch (cause) {
    if (bytes !== null && isHeic(headerOf(bytes)))
      throw new UserError(
        `${name}: expected a picture (JPEG, PNG, WebP, GIF, TIFF), got HEIC, which cannot be decoded here. ` +
          'Save it as JPEG: share or export it from the phone as "most compatible", or run `heif-convert` or `sips -s format jpeg`.',
        { cause },
      );
    throw new UserError(
      `${name}: expected a whole picture (JPEG, PNG, WebP, GIF, TIFF), got ${firstLine(cause)}. Replace it or leave it out.`,
      {
        cause,
      },
    );
  }
}

function toThreeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels === CHANNELS) return data;
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * CHANNELS);
  for (let i = 0; i < pixels; i++)
    rgb.fill(data[i * channels] ?? 0, i * CHANNELS, (i + 1) * CHANNELS);
  return rgb;
}

/** All pixels averaged into a picture of another size, Lanczos. */
export async function shrinkImage(
  image: RgbImage,
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
): Promise<RgbImage> {
  const data = await raw(image)
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return { data, width, height };
}

const raw = ({ data, width, height }: RgbImage): ReturnType<typeof sharp> =>
  sharp(data, { raw: { width, height, channels: CHANNELS } });

/** JPEG of quality 95 with full colour resolution. */
export const encodeJpeg = (image: RgbImage): Promise<Buffer> =>
  raw(image).jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' }).toBuffer();

/** PNG, lossless. */
export const encodePng = (image: RgbImage): Promise<Buffer> => raw(image).png().toBuffer();

/** How many threads libvips uses for one picture. */
export const setNumThreads = (threads: number): void => void sharp.concurrency(threads);
