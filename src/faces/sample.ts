/** @file Cubic sampling through a similarity transform, mirrored at the edges: arithmetic alone, for a browser, too. */

import { scaleOf } from './similarity';
import type { Similarity } from './similarity';
import { CHANNELS } from '../images/pixels';
import type { RgbImage } from '../images/pixels';

/** Weights of the cubic kernel are tabulated in so many steps of a pixel. */
const STEPS = 256;

const TAPS = 4;

/** Catmull-Rom weights of four neighbours, [STEPS, 4]; each row sums to 1. */
const CUBIC = Float32Array.from({ length: STEPS * TAPS }, (_, i) => {
  const t = Math.floor(i / TAPS) / STEPS;
  const weights = [
    -0.5 * t + t * t - 0.5 * t ** 3,
    1 - 2.5 * t * t + 1.5 * t ** 3,
    0.5 * t + 2 * t * t - 1.5 * t ** 3,
    -0.5 * t * t + 0.5 * t ** 3,
  ];
  return weights[i % TAPS] ?? 0;
});

/** An index beyond either end comes back from it, as in a row of mirrors: …2 1 0 | 0 1 2… | 2 1 0… */
export function mirrored(index: number, size: number): number {
  const period = 2 * size;
  const wrapped = ((index % period) + period) % period;
  return wrapped < size ? wrapped : period - 1 - wrapped;
}

/** Cubic sampling of `image` at where `back` leads from each output pixel. */
export function sample(
  { data, width, height }: RgbImage,
  back: Similarity,
  outWidth: number,
  outHeight: number,
): RgbImage {
  const output = new Uint8ClampedArray(outWidth * outHeight * CHANNELS);
  const columns = new Int32Array(TAPS);
  const rows = new Int32Array(TAPS);
  let at = 0;
  for (let v = 0; v < outHeight; v++) {
    for (let u = 0; u < outWidth; u++) {
      const x = back.a * u - back.b * v + back.tx;
      const y = back.b * u + back.a * v + back.ty;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const wx = Math.floor((x - left) * STEPS) * TAPS;
      const wy = Math.floor((y - top) * STEPS) * TAPS;
      const isInside = left >= 1 && top >= 1 && left + 2 < width && top + 2 < height;
      for (let k = 0; k < TAPS; k++) {
        columns[k] = (isInside ? left - 1 + k : mirrored(left - 1 + k, width)) * CHANNELS;
        rows[k] = (isInside ? top - 1 + k : mirrored(top - 1 + k, height)) * width * CHANNELS;
      }
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < TAPS; j++) {
        const row = rows[j] ?? 0;
        const weightY = CUBIC[wy + j] ?? 0;
        for (let i = 0; i < TAPS; i++) {
          const weight = weightY * (CUBIC[wx + i] ?? 0);
          const from = row + (columns[i] ?? 0);
          red += weight * (data[from] ?? 0);
          green += weight * (data[from + 1] ?? 0);
          blue += weight * (data[from + 2] ?? 0);
        }
      }
      output[at++] = red;
      output[at++] = green;
      output[at++] = blue;
    }
  }
  return { data: new Uint8Array(output.buffer), width: outWidth, height: outHeight };
}

/** The picture with `margin` mirrored pixels on every side. */
export function mirrorPadded({ data, width, height }: RgbImage, margin: number): RgbImage {
  const outWidth = width + 2 * margin;
  const outHeight = height + 2 * margin;
  const output = new Uint8Array(outWidth * outHeight * CHANNELS);
  for (let v = 0; v < outHeight; v++) {
    const row = mirrored(v - margin, height) * width;
    for (let u = 0; u < outWidth; u++) {
      const from = (row + mirrored(u - margin, width)) * CHANNELS;
      const to = (v * outWidth + u) * CHANNELS;
      for (let c = 0; c < CHANNELS; c++) output[to + c] = data[from + c] ?? 0;
    }
  }
  return { data: output, width: outWidth, height: outHeight };
}

/** A picture that becomes smaller than this share of itself is shrunk with all its pixels first: four neighbours would skip some. */
const SHRINK_BELOW = 0.7;

/** The size to which a picture is shrunk before it is seen through `transform` (its pixels → output pixels); null: it is not. */
export function shrunkSize(
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
  transform: Similarity,
): { readonly width: number; readonly height: number } | null {
  const scale = scaleOf(transform);
  if (scale >= SHRINK_BELOW) return null;
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/**
 * Where output pixels read in a picture that was shrunk: pixel centres, x in the picture is (x + ½)·ratio − ½ in the shrunk one; the
 * ratios of both axes differ by a rounding at most.
 */
export function ontoShrunk(back: Similarity, ratio: number): Similarity {
  const shift = (ratio - 1) / 2;
  return {
    a: back.a * ratio,
    b: back.b * ratio,
    tx: back.tx * ratio + shift,
    ty: back.ty * ratio + shift,
  };
}
