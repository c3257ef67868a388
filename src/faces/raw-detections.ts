/** @file What the face detector's numbers mean, in Node and in a browser. */

import type { RgbImage } from '../images/pixels';
import type { Detection } from './search';

/** Boxes with more than this share of their union in common are one detection. */
export const MOST_OVERLAP = 0.5;

/**
 * Faces in pixels of the picture.
 * @param edges top, left, bottom and right of each box, as shares of the longer side: the network pads a picture to a square at its right or bottom
 * @param scores one for each box, 0 to 1
 */
export function detectionsOf(
  edges: ArrayLike<number>,
  scores: ArrayLike<number>,
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
): Detection[] {
  const side = Math.max(height, width);
  return Array.from(scores, (score, i) => {
    const [top = 0, left = 0, bottom = 0, right = 0] = [0, 1, 2, 3].map((k) => edges[4 * i + k]);
    const x = Math.max(0, left) * side;
    const y = Math.max(0, top) * side;
    return {
      score,
      box: {
        x,
        y,
        width: Math.min(width, right * side) - x,
        height: Math.min(height, bottom * side) - y,
      },
    };
  });
}
