/** @file Draws a picture through a similarity transform: smooth, mirrored at its edges, never black. */

import { shrinkImage } from '../images/image';
import type { RgbImage } from '../images/pixels';
import { ontoShrunk, sample, shrunkSize } from './sample';
import { invertSimilarity } from './similarity';
import type { Similarity } from './similarity';

/**
 * The picture seen through `transform` (source pixels → output pixels), outWidth × outHeight; what lies outside is mirrored.
 * Source pixels are averaged where the output is much smaller.
 */
export async function warpImage(
  image: RgbImage,
  transform: Similarity,
  outWidth: number,
  outHeight = outWidth,
): Promise<RgbImage> {
  const back = invertSimilarity(transform);
  const size = shrunkSize(image, transform);
  if (size === null) return sample(image, back, outWidth, outHeight);
  const small = await shrinkImage(image, size);
  return sample(small, ontoShrunk(back, small.width / image.width), outWidth, outHeight);
}
