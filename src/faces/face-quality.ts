/**
 * @file What can be said of an aligned crop: how sharp it is, how far the head is turned, and a hash that a copy shares. Arithmetic alone,
 * for a browser, too; measure-quality.ts makes the small pictures that it takes.
 */

import type { RgbImage } from '../images/pixels';
import type { Point } from './similarity';

/** Numbers kept for every face. */
export interface FaceQuality {
  /** The detector's score, 0 to 1; null for crops that came aligned. */
  readonly score: number | null;
  /** Width of the face in the pixels of the photograph; null for crops that came aligned. */
  readonly size: number | null;
  /** See {@link sharpnessOfSmall}: about 0.4 when badly blurred, 0.7 to 1.9 in CACD. */
  readonly sharpness: number;
  /** Turn of the head in degrees, roughly, positive when the nose points to the right of the picture; null without landmarks. */
  readonly yaw: number | null;
}

/** Side at which sharpness is measured: what training sees. */
export const SHARPNESS_SIDE = 128;
/** The face without hair and background, as shares of the crop's side. */
const FACE_PART = { from: 0.2, to: 0.8 } as const;
/** A hash compares neighbours on a grid of so many columns and rows: 256 bits. */
const HASH_SIDE = 16;
/** The size of a picture that {@link hashOfSmall} takes. */
export const HASHED_SIZE = { width: HASH_SIDE + 1, height: HASH_SIDE } as const;
const JAW_LEFT = 0;
const JAW_RIGHT = 16;
const NOSE_TIP = 30;

function greyLevels({ data, width, height }: RgbImage): Float32Array {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++)
    grey[i] =
      0.299 * (data[3 * i] ?? 0) + 0.587 * (data[3 * i + 1] ?? 0) + 0.114 * (data[3 * i + 2] ?? 0);
  return grey;
}

/**
 * How sharp the face in the middle of a crop is, whatever its contrast and light: root mean squares of the Laplacian over that of the
 * gradient, so how quickly edges change.
 * @param small the crop at 128 × 128
 */
export function sharpnessOfSmall(small: RgbImage): number {
  const side = small.width;
  const grey = greyLevels(small);
  const from = Math.round(FACE_PART.from * side);
  const to = Math.round(FACE_PART.to * side);
  let gradient = 0;
  let laplacian = 0;
  for (let y = from; y < to; y++) {
    for (let x = from; x < to; x++) {
      const at = y * side + x;
      const left = grey[at - 1] ?? 0;
      const right = grey[at + 1] ?? 0;
      const up = grey[at - side] ?? 0;
      const down = grey[at + side] ?? 0;
      gradient += ((right - left) ** 2 + (down - up) ** 2) / 4;
      laplacian += (left + right + up + down - 4 * (grey[at] ?? 0)) ** 2;
    }
  }
  return Math.sqrt(laplacian / Math.max(1, gradient));
}

/** Degrees, from where the nose's tip lies between the ends of the jaw: on a round head, at the sine of the turn. */
export function yawOf(landmarks: readonly Point[]): number {
  const at = (index: number): Point => landmarks[index] ?? { x: NaN, y: NaN };
  const left = at(JAW_LEFT);
  const right = at(JAW_RIGHT);
  const nose = at(NOSE_TIP);
  const dx = right.x - left.x;
  const dy = right.y - left.y;
  const along = ((nose.x - left.x) * dx + (nose.y - left.y) * dy) / (dx * dx + dy * dy);
  return (Math.asin(Math.max(-1, Math.min(1, 2 * along - 1))) * 180) / Math.PI;
}

/**
 * A difference hash of 256 bits as 64 hexadecimal digits: whether each cell of a 17 × 16 grid is brighter than its right neighbour.
 * Copies of a picture, resized or compressed again, differ in a few bits.
 * @param small the picture at {@link HASHED_SIZE}
 */
export function hashOfSmall(small: RgbImage): string {
  const grey = greyLevels(small);
  let bits = '';
  for (let y = 0; y < HASH_SIDE; y++)
    for (let x = 0; x < HASH_SIDE; x++)
      bits +=
        (grey[y * (HASH_SIDE + 1) + x] ?? 0) > (grey[y * (HASH_SIDE + 1) + x + 1] ?? 0) ? '1' : '0';
  return (bits.match(/.{4}/g) ?? []).map((four) => parseInt(four, 2).toString(16)).join('');
}
