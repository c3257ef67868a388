/** @file Puts an aged face back into the photograph that it was cut out of, with a soft edge. */

import type { RgbImage } from '../images/pixels';
import { blendRegion, pasteRegion } from './blend';
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
