/** @file TensorFlow 1's and OpenCV's bilinear resizes, to the last bit: arithmetic alone, for a browser, too. */

import type { RgbImage } from './pixels';
import { CHANNELS } from './pixels';

/** OpenCV's fixed-point bilinear: coefficients in 2048ths. */
const OPENCV_SCALE = 2048;

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
