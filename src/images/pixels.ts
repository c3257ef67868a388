/** @file Pictures as arrays of bytes, and the ranges that networks take them in: arithmetic alone, for a browser, too. */

import { HALF_RANGE, MEAN_RGB } from './pixel-range';

/** Interleaved RGB, 8 bits a channel, row by row: `data.length === width · height · 3`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Bytes of a pixel. */
export const CHANNELS = 3;

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
