/**
 * @file Where an aged face goes in its photograph, and how the two fade into one another. Arithmetic alone, for a browser, too;
 * paste-face.ts draws the face in between.
 */

import type { RgbImage } from '../images/pixels';
import { applySimilarity, invertSimilarity } from './similarity';
import type { Similarity } from './similarity';
import { CROP_SIZE } from './template';

/** The face in a crop, as an ellipse in the crop's pixels: forehead to chin, ear to ear. */
const FACE = { x: 198, y: 215, radiusX: 150, radiusY: 185 } as const;
/** Share of the ellipse's radius over which the aged face fades into the photograph. */
const FEATHER = 0.3;

/** How much of the aged face shows at a point of the crop, 0 to 1. */
export function maskAt(x: number, y: number): number {
  const radius = Math.hypot((x - FACE.x) / FACE.radiusX, (y - FACE.y) / FACE.radiusY);
  const t = Math.min(1, Math.max(0, (1 - radius) / FEATHER));
  return t * t * (3 - 2 * t);
}

/** How much larger the ellipse is for changes: they may reach into the hair, since what is not changed stays as it is. */
const WITH_HAIR = 1.3;
/** Share of the crop's side over which changes fade to nothing at its edges. */
const EDGE = 0.1;

/** How much of a change shows at a point of the crop, 0 to 1. */
export function changeMaskAt(x: number, y: number): number {
  const around = maskAt(FACE.x + (x - FACE.x) / WITH_HAIR, FACE.y + (y - FACE.y) / WITH_HAIR);
  const toEdge = Math.min(x, y, CROP_SIZE - 1 - x, CROP_SIZE - 1 - y) / (EDGE * CROP_SIZE);
  return around * Math.min(1, Math.max(0, toEdge));
}

/** A part of a photograph, in its pixels, and how a face is drawn there. */
export interface PasteRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** From the face's pixels to those of the region. */
  readonly toRegion: Similarity;
}

/**
 * The part that a crop covers; null where it lies outside.
 * @param side of the face, in pixels
 * @param transform from the photograph's pixels to those of the 400 × 400 crop
 */
export function pasteRegion(
  photograph: Pick<RgbImage, 'width' | 'height'>,
  side: number,
  transform: Similarity,
): PasteRegion | null {
  const back = invertSimilarity(transform);
  const corners = [0, CROP_SIZE].flatMap((x) =>
    [0, CROP_SIZE].map((y) => applySimilarity(back, { x, y })),
  );
  const bound = (value: number, most: number): number =>
    Math.min(most, Math.max(0, Math.round(value)));
  const left = bound(Math.min(...corners.map(({ x }) => x)), photograph.width);
  const right = bound(Math.max(...corners.map(({ x }) => x)), photograph.width);
  const top = bound(Math.min(...corners.map(({ y }) => y)), photograph.height);
  const bottom = bound(Math.max(...corners.map(({ y }) => y)), photograph.height);
  if (right <= left || bottom <= top) return null;
  // pixel centres of a crop of another side: x in the 400 pixels is (x + ½)·ratio − ½
  const ratio = CROP_SIZE / side;
  const shift = (ratio - 1) / 2;
  const origin = applySimilarity(back, { x: shift, y: shift });
  const toRegion = {
    a: back.a * ratio,
    b: back.b * ratio,
    tx: origin.x - left,
    ty: origin.y - top,
  };
  return { left, top, width: right - left, height: bottom - top, toRegion };
}

/** Makes a photograph's value of one from its own and the place of what was drawn there. */
type Blend = (own: number, from: number, weight: number) => number;

/** The photograph, blended within a region. @param maskOf how much shows at a point of the crop, 0 to 1 */
function blendWithin(
  photograph: RgbImage,
  { left, top, width, height }: PasteRegion,
  transform: Similarity,
  maskOf: (x: number, y: number) => number,
  blend: Blend,
): RgbImage {
  const output = new Uint8ClampedArray(photograph.data);
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      const inCrop = applySimilarity(transform, { x, y });
      const weight = maskOf(inCrop.x, inCrop.y);
      if (weight === 0) continue;
      const to = (y * photograph.width + x) * 3;
      const from = ((y - top) * width + (x - left)) * 3;
      for (let c = 0; c < 3; c++)
        output[to + c] = Math.round(blend(output[to + c] ?? 0, from + c, weight));
    }
  }
  return { ...photograph, data: new Uint8Array(output.buffer) };
}

/** The photograph with what was drawn for its region faded in; the photograph itself is left as it is. */
export const blendRegion = (
  photograph: RgbImage,
  drawn: RgbImage,
  region: PasteRegion,
  transform: Similarity,
): RgbImage =>
  blendWithin(
    photograph,
    region,
    transform,
    maskAt,
    (own, from, weight) => (1 - weight) * own + weight * (drawn.data[from] ?? 0),
  );

/** The same with what was changed between two drawings of its region: where both are alike, the photograph keeps every pixel. */
export const blendChange = (
  photograph: RgbImage,
  [before, after]: readonly [RgbImage, RgbImage],
  region: PasteRegion,
  transform: Similarity,
): RgbImage =>
  blendWithin(
    photograph,
    region,
    transform,
    changeMaskAt,
    (own, from, weight) => own + weight * ((after.data[from] ?? 0) - (before.data[from] ?? 0)),
  );
