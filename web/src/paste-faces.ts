/** @file Puts aged faces back into their photograph, as src/faces/paste-face.ts does, as layers that lie on it. */

import { blendChange, blendRegion, changeMaskAt, maskAt, pasteRegion } from '../../src/faces/blend';
import type { PasteRegion } from '../../src/faces/blend';
import { applySimilarity } from '../../src/faces/similarity';
import type { Similarity } from '../../src/faces/similarity';
import { CROP_SIZE } from '../../src/faces/template';
import type { UprightFace } from '../../src/faces/upright';
import { CHANNELS, cropImage } from '../../src/images/pixels';
import type { RgbImage } from '../../src/images/pixels';
import type { AgedFace } from './age-faces';
import { toCanvas, warp } from './pictures';

/** A part of a photograph that replaces what is there. */
export interface Layer {
  readonly canvas: HTMLCanvasElement;
  /** In the photograph's pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a generator changed of a face, over its photograph. */
export interface MaskLayer {
  readonly canvas: HTMLCanvasElement;
  /** From the canvas' pixels to the photograph's, of their centres. */
  readonly toPhotograph: Similarity;
}

/** Where a face goes, prepared for all its ages. */
export interface Place {
  readonly region: PasteRegion;
  /** From the region's pixels to those of the crop. */
  readonly toCrop: Similarity;
  /** Of each pixel of the region, 255 where the face may change it, else 0. */
  readonly opacity: Uint8Array;
  /** The face as the generator saw it, drawn for the region; null for a generator that paints the whole face. */
  readonly before: RgbImage | null;
}

/** Colour in which changes are shown. */
const CHANGED: readonly number[] = [255, 170, 40];

const drawIn = (face: RgbImage, { toRegion, width, height }: PasteRegion): RgbImage =>
  warp(face, toRegion, width, height);

/**
 * Where a face goes; null where that is outside of the photograph.
 * @param input the face as the generator sees it
 * @param hasMask whether the generator tells what it changes: then only that is put back
 */
export function placeOf(
  photograph: RgbImage,
  { transform }: UprightFace,
  input: RgbImage,
  hasMask: boolean,
): Place | null {
  const found = pasteRegion(photograph, input.width, transform);
  if (found === null) return null;
  const { left, top, width, height } = found;
  const origin = applySimilarity(transform, { x: left, y: top });
  const toCrop = { ...transform, tx: origin.x, ty: origin.y };
  const weightAt = hasMask ? changeMaskAt : maskAt;
  const opacity = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const point = applySimilarity(toCrop, { x, y });
      opacity[to] = weightAt(point.x, point.y) > 0 ? 255 : 0;
    }
  }
  return { region: found, toCrop, opacity, before: hasMask ? drawIn(input, found) : null };
}

/** A face in its place. */
export interface PlacedFace extends Place {
  readonly pixels: RgbImage;
}

/** Lays a placed face on a part of the photograph, where it is opaque and reaches. */
function lay(part: RgbImage, at: PasteRegion, { pixels, opacity, region }: PlacedFace): void {
  const right = Math.min(at.left + at.width, region.left + region.width);
  const bottom = Math.min(at.top + at.height, region.top + region.height);
  for (let y = Math.max(at.top, region.top); y < bottom; y++) {
    for (let x = Math.max(at.left, region.left); x < right; x++) {
      const from = (y - region.top) * region.width + x - region.left;
      const to = (y - at.top) * at.width + x - at.left;
      if (opacity[from] !== 0)
        for (let c = 0; c < CHANNELS; c++)
          part.data[CHANNELS * to + c] = pixels.data[CHANNELS * from + c] ?? 0;
    }
  }
}

/**
 * An aged face in its place.
 * @param others faces at the same age that were put there before it
 */
export function placeFace(
  photograph: RgbImage,
  place: Place,
  { image }: AgedFace,
  others: readonly PlacedFace[],
): PlacedFace {
  const { region, toCrop, before } = place;
  const { left, top, width, height } = region;
  const own = cropImage(photograph, { x: left, y: top, width, height });
  for (const other of others) lay(own, region, other);
  const whole = { ...region, left: 0, top: 0 };
  const after = drawIn(image, region);
  const pixels = before
    ? blendChange(own, [before, after], whole, toCrop)
    : blendRegion(own, after, whole, toCrop);
  return { ...place, pixels };
}

/** The layer of a placed face. */
export const layerOf = ({ pixels, opacity, region }: PlacedFace): Layer => ({
  canvas: toCanvas(pixels, opacity),
  left: region.left,
  top: region.top,
  width: region.width,
  height: region.height,
});

/** The layer of what a generator changed. @param mask [side,side], 0 to 1 */
export function maskLayerOf({ region }: Place, mask: Float32Array, side: number): MaskLayer {
  const ratio = CROP_SIZE / side;
  const colour = new Uint8Array(side * side * CHANNELS);
  const opacity = new Uint8Array(side * side);
  for (let i = 0; i < opacity.length; i++) {
    const x = ((i % side) + 0.5) * ratio;
    const y = (Math.floor(i / side) + 0.5) * ratio;
    opacity[i] = Math.round(255 * (mask[i] ?? 0) * changeMaskAt(x, y));
    colour.set(CHANGED, CHANNELS * i);
  }
  const { toRegion, left, top } = region;
  return {
    canvas: toCanvas({ data: colour, width: side, height: side }, opacity),
    toPhotograph: { ...toRegion, tx: toRegion.tx + left, ty: toRegion.ty + top },
  };
}
