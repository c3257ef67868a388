/** @file Puts an aged face back into the photograph that it was cut out of, with a soft edge. */

import type { RgbImage } from '../images/image';
import { applySimilarity, invertSimilarity } from './similarity';
import type { Similarity } from './similarity';
import { CROP_SIZE } from './template';
import { warpImage } from './warp';

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

/**
 * The photograph with the face in it; the photograph itself is left as it is.
 * @param face the aged crop, of any side
 * @param transform from the photograph's pixels to those of the 400 × 400 crop
 */
export async function pasteFace(
  photograph: RgbImage,
  face: RgbImage,
  transform: Similarity,
): Promise<RgbImage> {
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
  if (right <= left || bottom <= top) return photograph;
  const output = new Uint8Array(photograph.data);
  // pixel centres of a crop of another side: x in the 400 pixels is (x + ½)·ratio − ½
  const ratio = CROP_SIZE / face.width;
  const shift = (ratio - 1) / 2;
  const origin = applySimilarity(back, { x: shift, y: shift });
  const toRegion: Similarity = {
    a: back.a * ratio,
    b: back.b * ratio,
    tx: origin.x - left,
    ty: origin.y - top,
  };
  const drawn = await warpImage(face, toRegion, right - left, bottom - top);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const inCrop = applySimilarity(transform, { x, y });
      const weight = maskAt(inCrop.x, inCrop.y);
      if (weight === 0) continue;
      const to = (y * photograph.width + x) * 3;
      const from = ((y - top) * drawn.width + (x - left)) * 3;
      for (let c = 0; c < 3; c++)
        output[to + c] = Math.round(
          (1 - weight) * (output[to + c] ?? 0) + weight * (drawn.data[from + c] ?? 0),
        );
    }
  }
  return { ...photograph, data: output };
}
