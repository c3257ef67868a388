/** @file Decodes, resizes and encodes pictures; the only place where training pixels come from. */

import sharp from 'sharp';
import { HALF_RANGE, MEAN_RGB } from './pixel-range';
import { UserError } from '../errors';

/** Interleaved RGB, 8 bits a channel, row by row: `data.length === width · height · 3`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** More pixels than this are refused before decoding: a small file can unpack to gigabytes. */
const MOST_PIXELS = 100_000_000;
const CHANNELS = 3;
/** OpenCV's fixed-point bilinear: coefficients in 2048ths. */
const OPENCV_SCALE = 2048;
const JPEG_QUALITY = 95;

/**
 * Decodes the first frame to RGB: EXIF orientation applied, grey and CMYK converted, 16 bits scaled to 8, transparency laid on white.
 * @param input path, or the file's bytes, which `name` then names in errors
 * @throws UserError when the file is missing or is not a whole picture
 */
export async function decodeImage(input: string | Buffer, name = String(input)): Promise<RgbImage> {
  try {
    const { data, info } = await sharp(input, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data: toThreeChannels(data, info.channels), width: info.width, height: info.height };
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new UserError(
      `${name}: expected a whole picture (JPEG, PNG, WebP, GIF, TIFF), got ${reason}. Replace it or leave it out.`,
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

/** Where an output coordinate reads from: two neighbours and the weight of the second. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float32Array;
}

/** TensorFlow 1's: output i reads at i · in / out, in float32. */
function legacyTaps(from: number, to: number): Taps {
  const taps = { low: new Int32Array(to), high: new Int32Array(to), weight: new Float32Array(to) };
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    const position = Math.fround(i * scale);
    const low = Math.min(Math.floor(position), from - 1);
    taps.low[i] = low;
    taps.high[i] = Math.min(low + 1, from - 1);
    taps.weight[i] = Math.fround(position - low);
  }
  return taps;
}

/**
 * TensorFlow 1's bilinear resize to size × size: no half-pixel centres, no antialias, floats in 0..255.
 * @returns [size, size, 3]
 */
export function resizeBilinearLegacy(
  { data, width, height }: RgbImage,
  size: number,
): Float32Array {
  const rows = legacyTaps(height, size);
  const columns = legacyTaps(width, size);
  const output = new Float32Array(size * size * CHANNELS);
  let at = 0;
  for (let y = 0; y < size; y++) {
    const top = (rows.low[y] ?? 0) * width;
    const bottom = (rows.high[y] ?? 0) * width;
    const weightY = rows.weight[y] ?? 0;
    for (let x = 0; x < size; x++) {
      const left = columns.low[x] ?? 0;
      const right = columns.high[x] ?? 0;
      const weightX = columns.weight[x] ?? 0;
      for (let c = 0; c < CHANNELS; c++) {
        const topLeft = data[(top + left) * CHANNELS + c] ?? 0;
        const topRight = data[(top + right) * CHANNELS + c] ?? 0;
        const bottomLeft = data[(bottom + left) * CHANNELS + c] ?? 0;
        const bottomRight = data[(bottom + right) * CHANNELS + c] ?? 0;
        const upper = Math.fround(topLeft + Math.fround((topRight - topLeft) * weightX));
        const lower = Math.fround(bottomLeft + Math.fround((bottomRight - bottomLeft) * weightX));
        output[at++] = upper + Math.fround((lower - upper) * weightY);
      }
    }
  }
  return output;
}

/**
 * OpenCV's: half-pixel centres; the second weight in 2048ths, rounded to the nearest. Beyond the edges columns lose their fraction, rows
 * keep it and repeat the edge.
 */
function openCvTaps(from: number, to: number, isColumn: boolean): Taps {
  const taps = { low: new Int32Array(to), high: new Int32Array(to), weight: new Float32Array(to) };
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    let low = Math.floor(position);
    let fraction = Math.fround(position - low);
    if (isColumn && low < 0) [low, fraction] = [0, 0];
    if (isColumn && low >= from - 1) [low, fraction] = [from - 1, 0];
    taps.low[i] = Math.min(Math.max(low, 0), from - 1);
    taps.high[i] = Math.min(Math.max(low + 1, 0), from - 1);
    taps.weight[i] = fraction;
  }
  return taps;
}

/** Rounds half to even, as OpenCV's conversion to integers does. */
function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * OpenCV's `INTER_LINEAR` for 8-bit pictures to size × size, to the last bit: half-pixel centres, no antialias, fixed point.
 * @returns [size, size, 3] grey levels
 */
export function resizeOpenCv({ data, width, height }: RgbImage, size: number): Uint8Array {
  if (width === size && height === size) return data;
  const rows = openCvTaps(height, size, false);
  const columns = openCvTaps(width, size, true);
  const first = (weight: number): number => roundToEven(Math.fround(1 - weight) * OPENCV_SCALE);
  const second = (weight: number): number => roundToEven(weight * OPENCV_SCALE);
  const a0 = Int32Array.from(columns.weight, first);
  const a1 = Int32Array.from(columns.weight, second);
  const stride = size * CHANNELS;
  const sumRow = (source: number, sums: Int32Array): void => {
    const start = source * width;
    for (let x = 0, at = 0; x < size; x++) {
      const left = (start + (columns.low[x] ?? 0)) * CHANNELS;
      const right = (start + (columns.high[x] ?? 0)) * CHANNELS;
      for (let c = 0; c < CHANNELS; c++)
        sums[at++] = (data[left + c] ?? 0) * (a0[x] ?? 0) + (data[right + c] ?? 0) * (a1[x] ?? 0);
    }
  };
  const upper = new Int32Array(stride);
  const lower = new Int32Array(stride);
  const output = new Uint8Array(size * stride);
  for (let y = 0; y < size; y++) {
    sumRow(rows.low[y] ?? 0, upper);
    sumRow(rows.high[y] ?? 0, lower);
    const b0 = first(rows.weight[y] ?? 0);
    const b1 = second(rows.weight[y] ?? 0);
    for (let x = 0; x < stride; x++) {
      output[y * stride + x] =
        (((b0 * ((upper[x] ?? 0) >> 4)) >> 16) + ((b1 * ((lower[x] ?? 0) >> 4)) >> 16) + 2) >> 2;
    }
  }
  return output;
}

/** Grey levels [...,3] minus the mean: what generator and AlexNet take. */
export function subtractMean(pixels: ArrayLike<number>): Float32Array {
  const output = new Float32Array(pixels.length);
  // plain loops here and below: several times faster than Float32Array.from with a function
  for (let c = 0; c < CHANNELS; c++) {
    const mean = MEAN_RGB[c as 0 | 1 | 2];
    for (let i = c; i < output.length; i += CHANNELS) output[i] = (pixels[i] ?? 0) - mean;
  }
  return output;
}

/** Grey levels 0..255 → [-1, 1], the range of real and generated pictures. */
export function toUnitRange(pixels: ArrayLike<number>): Float32Array {
  const output = new Float32Array(pixels.length);
  for (let i = 0; i < output.length; i++) output[i] = (pixels[i] ?? 0) / HALF_RANGE - 1;
  return output;
}

/** [-1, 1] → grey levels, rounded and clamped. */
export function fromUnitRange(values: ArrayLike<number>): Uint8Array {
  const clamped = new Uint8ClampedArray(values.length);
  for (let i = 0; i < clamped.length; i++) clamped[i] = ((values[i] ?? 0) + 1) * HALF_RANGE;
  return new Uint8Array(clamped.buffer);
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

/** The part of a picture in a box, clipped to it; at least one pixel. */
export function cropImage(
  { data, width, height }: RgbImage,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): RgbImage & { readonly left: number; readonly top: number } {
  const left = Math.min(width - 1, Math.max(0, Math.floor(box.x)));
  const top = Math.min(height - 1, Math.max(0, Math.floor(box.y)));
  const right = Math.max(left + 1, Math.min(width, Math.ceil(box.x + box.width)));
  const bottom = Math.max(top + 1, Math.min(height, Math.ceil(box.y + box.height)));
  const rowBytes = (right - left) * CHANNELS;
  const output = new Uint8Array(rowBytes * (bottom - top));
  for (let y = top; y < bottom; y++) {
    const from = (y * width + left) * CHANNELS;
    output.set(data.subarray(from, from + rowBytes), (y - top) * rowBytes);
  }
  return { data: output, width: right - left, height: bottom - top, left, top };
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
