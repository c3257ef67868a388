/** @file Puts an aged face back into the photograph that it was cut out of, with a soft edge. */

import type { RgbImage } from '../images/pixels';
import { blendChange, blendRegion, pasteRegion } from './blend';
import type { Similarity } from './similarity';
import { warpImage } from './warp';

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
  const region = pasteRegion(photograph, face.width, transform);
  if (region === null) return photograph;
  const drawn = await warpImage(face, region.toRegion, region.width, region.height);
  return blendRegion(photograph, drawn, region, transform);
}

/**
 * The photograph with what was changed of a face in it: lines and grey hair are painted over its own pixels, so that it stays as sharp as it is
 * where the crop is smaller than the face. For faces that keep what they do not change.
 * @param input the crop before, as the generator saw it
 * @param face the aged crop, of the same side
 * @param transform from the photograph's pixels to those of the 400 × 400 crop
 */
export async function pasteChange(
  photograph: RgbImage,
  input: RgbImage,
  face: RgbImage,
  transform: Similarity,
): Promise<RgbImage> {
  const region = pasteRegion(photograph, face.width, transform);
  if (region === null) return photograph;
  const draw = (image: RgbImage): Promise<RgbImage> =>
    warpImage(image, region.toRegion, region.width, region.height);
  return blendChange(photograph, [await draw(input), await draw(face)], region, transform);
}
