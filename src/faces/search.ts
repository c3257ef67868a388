/** @file Where the faces of a photograph are. What detects and shrinks is given, so that a browser uses it, too. */

import { cropImage } from '../images/pixels';
import type { RgbImage } from '../images/pixels';
import type { Box } from './face-box';
import { mirrorPadded } from './sample';
import type { Point } from './similarity';

/** Where a face may be. */
export interface Detection {
  readonly box: Box;
  /** The detector's, 0 to 1. */
  readonly score: number;
}

/** What looks at pictures and shrinks them. */
export interface SearchTools {
  /** Faces of a picture of any size, best first; the detector sees it at 512 × 512. */
  detect(image: RgbImage, minConfidence: number): Promise<Detection[]>;
  /** A picture in a smaller size, of all its pixels. */
  shrink(
    image: RgbImage,
    size: { readonly width: number; readonly height: number },
  ): Promise<RgbImage>;
}

/** How much is searched. */
export interface SearchSettings {
  /** Whether the face fills the picture, so that the detector needs a margin around it. */
  readonly isTight: boolean;
  /** Whether tiles of a large picture are searched where faces were found in the whole, too. */
  readonly isThorough: boolean;
}

/** The detector sees pictures at this side. */
const DETECTOR_SIDE = 512;
/** Larger pictures are also searched in tiles of this side, half overlapping. */
const TILE_SIDE = 1024;
/** The fewest that a detector's score must be: in a photograph, and in a picture that shows little but a face. */
const MIN_CONFIDENCE = { photograph: 0.4, tight: 0.05 } as const;
/** Mirrored margin around a tight crop, as a share of its side. */
const TIGHT_MARGIN = 0.75;
/** Two boxes with more than this share of their union in common are one face. */
const SAME_FACE = 0.3;

/** The middle of a box. */
export const centreOf = ({ x, y, width, height }: Box): Point => ({
  x: x + width / 2,
  y: y + height / 2,
});

/** Detections in a part of the picture that was scaled by `scale` and begins at (left, top), in the picture's own pixels. */
const placed = (
  found: readonly Detection[],
  scale: number,
  left: number,
  top: number,
): Detection[] =>
  found.map(({ score, box: { x, y, width, height } }) => ({
    score,
    box: { x: x / scale + left, y: y / scale + top, width: width / scale, height: height / scale },
  }));

/** A picture no larger than a side, and how much smaller it is. */
async function shrunkTo(
  tools: SearchTools,
  image: RgbImage,
  side: number,
): Promise<{ picture: RgbImage; scale: number }> {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
  return { picture: scale < 1 ? await tools.shrink(image, size) : image, scale };
}

/** What the detector finds in a picture, shrunk to what it sees. */
async function detectShrunk(
  tools: SearchTools,
  image: RgbImage,
  confidence: number,
): Promise<Detection[]> {
  const { picture, scale } = await shrunkTo(tools, image, DETECTOR_SIDE);
  return placed(await tools.detect(picture, confidence), scale, 0, 0);
}

/** Where tiles begin along a side: half overlapping, the last one at the end. */
function tileStarts(length: number): number[] {
  if (length <= TILE_SIDE) return [0];
  const count = Math.ceil((length - TILE_SIDE) / (TILE_SIDE / 2)) + 1;
  return Array.from({ length: count }, (_, i) =>
    Math.round((i * (length - TILE_SIDE)) / (count - 1)),
  );
}

async function detectInTiles(tools: SearchTools, image: RgbImage): Promise<Detection[]> {
  const found: Detection[] = [];
  const size = {
    width: Math.min(TILE_SIDE, image.width),
    height: Math.min(TILE_SIDE, image.height),
  };
  for (const top of tileStarts(image.height)) {
    for (const left of tileStarts(image.width)) {
      const inTile = await detectShrunk(
        tools,
        cropImage(image, { x: left, y: top, ...size }),
        MIN_CONFIDENCE.photograph,
      );
      found.push(...placed(inTile, 1, left, top));
    }
  }
  return found;
}

/** The face that fills a picture: at most one; the detector sees it with a mirrored margin. */
export async function searchWithMargin(tools: SearchTools, image: RgbImage): Promise<Detection[]> {
  // a large photograph with its margin would not fit into memory
  const { picture, scale } = await shrunkTo(tools, image, TILE_SIDE);
  const margin = Math.round(TIGHT_MARGIN * Math.max(picture.width, picture.height));
  const inMargin = await detectShrunk(tools, mirrorPadded(picture, margin), MIN_CONFIDENCE.tight);
  const found = placed(placed(inMargin, 1, -margin, -margin), scale, 0, 0);
  // the margin's mirror images are not faces of the picture; of several frames around the one that fills it, the likeliest
  const inside = found.filter(({ box }) => {
    const { x, y } = centreOf(box);
    return x >= 0 && y >= 0 && x < image.width && y < image.height;
  });
  return inside.slice(0, 1);
}

function overlap(a: Box, b: Box): number {
  const width = Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x));
  const height = Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

/** Of boxes around one face only the best, best first. */
function withoutRepeats(found: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const detection of [...found].sort((a, b) => b.score - a.score))
    if (kept.every(({ box }) => overlap(box, detection.box) <= SAME_FACE)) kept.push(detection);
  return kept;
}

/** Whole picture first; then tiles of a large one; then, with a mirrored margin, as a face that fills it. */
export async function searchFaces(
  tools: SearchTools,
  image: RgbImage,
  { isTight, isThorough }: SearchSettings,
): Promise<Detection[]> {
  if (isTight) return searchWithMargin(tools, image);
  let found = await detectShrunk(tools, image, MIN_CONFIDENCE.photograph);
  if (Math.max(image.width, image.height) > TILE_SIDE && (isThorough || found.length === 0))
    found = [...found, ...(await detectInTiles(tools, image))];
  return found.length > 0 ? withoutRepeats(found) : searchWithMargin(tools, image);
}
