/** @file Faces of a photograph as 400 × 400 crops, all with eyes and mouth in the same place. */

import { shrinkImage } from '../images/image';
import type { Detection, FaceFinder } from './detect';
import { sharpnessOf } from './measure-quality';
import { scaleOf } from './similarity';
import type { Point } from './similarity';
import { TEMPLATE_FACE } from './template';
import { setUpright } from './upright';
import type { UprightFace } from './upright';
import { warpImage } from './warp';
import type { RgbImage } from '../images/pixels';
import { cropImage } from '../images/pixels';
import { mirrorPadded } from './sample';
import type { FaceQuality } from './face-quality';
import { yawOf } from './face-quality';
import type { Box } from './face-box';

/** Which face of several. */
export type FaceChoice = 'centre' | 'largest' | 'all';

/** How faces are looked for. */
export interface AlignSettings {
  readonly face: FaceChoice;
  /** Smallest width of a face, in pixels of the photograph. */
  readonly minFace: number;
  /** Whether the face fills the picture, so that the detector needs a margin around it. */
  readonly isTight: boolean;
  /** More faces than this are none of them aligned, where all are asked for; any number when absent. */
  readonly mostFaces?: number;
}

/** A face, cut out upright, and how good it is. */
export interface AlignedFace extends UprightFace {
  readonly quality: FaceQuality;
}

/** Why no face is given. */
export type NoFaces = 'no face' | 'too small' | 'too many faces';

/** Faces, or why there is none. */
export type AlignOutcome =
  | { readonly faces: readonly AlignedFace[] }
  | { readonly reason: NoFaces; readonly detail: string };

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

const centreOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });

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
  image: RgbImage,
  side: number,
): Promise<{ picture: RgbImage; scale: number }> {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
  return { picture: scale < 1 ? await shrinkImage(image, size) : image, scale };
}

/** What the detector finds in a picture, shrunk to what it sees. */
async function detectShrunk(
  finder: FaceFinder,
  image: RgbImage,
  confidence: number,
): Promise<Detection[]> {
  const { picture, scale } = await shrunkTo(image, DETECTOR_SIDE);
  return placed(await finder.detect(picture, confidence), scale, 0, 0);
}

/** Where tiles begin along a side: half overlapping, the last one at the end. */
function tileStarts(length: number): number[] {
  if (length <= TILE_SIDE) return [0];
  const count = Math.ceil((length - TILE_SIDE) / (TILE_SIDE / 2)) + 1;
  return Array.from({ length: count }, (_, i) =>
    Math.round((i * (length - TILE_SIDE)) / (count - 1)),
  );
}

async function detectInTiles(finder: FaceFinder, image: RgbImage): Promise<Detection[]> {
  const found: Detection[] = [];
  const size = {
    width: Math.min(TILE_SIDE, image.width),
    height: Math.min(TILE_SIDE, image.height),
  };
  for (const top of tileStarts(image.height)) {
    for (const left of tileStarts(image.width)) {
      const inTile = await detectShrunk(
        finder,
        cropImage(image, { x: left, y: top, ...size }),
        MIN_CONFIDENCE.photograph,
      );
      found.push(...placed(inTile, 1, left, top));
    }
  }
  return found;
}

/** The face that fills a picture: at most one; the detector sees it with a mirrored margin. */
export async function detectWithMargin(finder: FaceFinder, image: RgbImage): Promise<Detection[]> {
  // a large photograph with its margin would not fit into memory
  const { picture, scale } = await shrunkTo(image, TILE_SIDE);
  const margin = Math.round(TIGHT_MARGIN * Math.max(picture.width, picture.height));
  const inMargin = await detectShrunk(finder, mirrorPadded(picture, margin), MIN_CONFIDENCE.tight);
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
async function findFaces(
  finder: FaceFinder,
  image: RgbImage,
  { face, isTight }: AlignSettings,
): Promise<Detection[]> {
  if (isTight) return detectWithMargin(finder, image);
  let found = await detectShrunk(finder, image, MIN_CONFIDENCE.photograph);
  if (Math.max(image.width, image.height) > TILE_SIDE && (face === 'all' || found.length === 0))
    found = [...found, ...(await detectInTiles(finder, image))];
  return found.length > 0 ? withoutRepeats(found) : detectWithMargin(finder, image);
}

/** The chosen first; `all` from left to right. */
function inOrder(found: readonly Detection[], image: RgbImage, face: FaceChoice): Detection[] {
  const middle = { x: image.width / 2, y: image.height / 2 };
  const distance = ({ box }: Detection): number =>
    Math.hypot(centreOf(box).x - middle.x, centreOf(box).y - middle.y);
  const area = ({ box }: Detection): number => box.width * box.height;
  if (face === 'all') return [...found].sort((a, b) => a.box.x - b.box.x);
  const order =
    face === 'largest'
      ? (a: Detection, b: Detection) => area(b) - area(a)
      : (a: Detection, b: Detection) => distance(a) - distance(b);
  return [...found].sort(order);
}

/** One face, and how good it is; null where it has no landmarks of a face. */
async function alignFace(
  finder: FaceFinder,
  image: RgbImage,
  { box, score }: Detection,
): Promise<AlignedFace | null> {
  const upright = await setUpright(image, box, {
    landmarks: (picture, frame) => finder.landmarks(picture, frame),
    warp: warpImage,
  });
  if (upright === null) return null;
  const { crop, transform, landmarks } = upright;
  const size = TEMPLATE_FACE.width / scaleOf(transform);
  const quality = { score, size, sharpness: await sharpnessOf(crop), yaw: yawOf(landmarks) };
  return { ...upright, quality };
}

const tooSmall = (width: number, least: number): AlignOutcome => ({
  reason: 'too small',
  detail: `the widest face has ${Math.floor(width)} pixels, fewer than ${least}`,
});

/** Finds, chooses and aligns the faces of a photograph of any size. */
export async function alignFaces(
  finder: FaceFinder,
  image: RgbImage,
  settings: AlignSettings,
): Promise<AlignOutcome> {
  const found = await findFaces(finder, image, settings);
  if (found.length === 0)
    return {
      reason: 'no face',
      detail: `the detector found none in ${image.width}x${image.height} pixels`,
    };
  const large = found.filter(({ box }) => box.width >= settings.minFace);
  if (large.length === 0)
    return tooSmall(Math.max(...found.map(({ box }) => box.width)), settings.minFace);
  const { face, mostFaces = Infinity } = settings;
  if (face === 'all' && large.length > mostFaces)
    return {
      reason: 'too many faces',
      detail: `the detector found ${large.length}, more than ${mostFaces}`,
    };
  const faces: AlignedFace[] = [];
  for (const detection of inOrder(large, image, face)) {
    const aligned = await alignFace(finder, image, detection);
    if (aligned) faces.push(aligned);
    // where one is wanted, the next is only tried when the first has no landmarks of a face
    if (aligned && face !== 'all') break;
  }
  if (faces.length === 0)
    return { reason: 'no face', detail: 'what the detector found has no landmarks of a face' };
  const widest = Math.max(...faces.map(({ quality }) => quality.size ?? 0));
  const kept = faces.filter(({ quality }) => (quality.size ?? 0) >= settings.minFace);
  return kept.length > 0 ? { faces: kept } : tooSmall(widest, settings.minFace);
}
