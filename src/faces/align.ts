/** @file Faces of a photograph as 400 × 400 crops, all with eyes and mouth in the same place. */

import { shrinkImage } from '../images/image';
import type { FaceFinder } from './detect';
import { centreOf, searchFaces, searchWithMargin } from './search';
import type { Detection, SearchTools } from './search';
import { sharpnessOf } from './measure-quality';
import { scaleOf } from './similarity';
import { TEMPLATE_FACE } from './template';
import { setUpright } from './upright';
import type { UprightFace } from './upright';
import { warpImage } from './warp';
import type { RgbImage } from '../images/pixels';
import type { FaceQuality } from './face-quality';
import { yawOf } from './face-quality';

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

const toolsOf = (finder: FaceFinder): SearchTools => ({
  detect: (image, minConfidence) => finder.detect(image, minConfidence),
  shrink: shrinkImage,
});

/** The face that fills a picture: at most one; the detector sees it with a mirrored margin. */
export const detectWithMargin = (finder: FaceFinder, image: RgbImage): Promise<Detection[]> =>
  searchWithMargin(toolsOf(finder), image);

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
  const { isTight, face, mostFaces = Infinity } = settings;
  const found = await searchFaces(toolsOf(finder), image, { isTight, isThorough: face === 'all' });
  if (found.length === 0)
    return {
      reason: 'no face',
      detail: `the detector found none in ${image.width}x${image.height} pixels`,
    };
  const large = found.filter(({ box }) => box.width >= settings.minFace);
  if (large.length === 0)
    return tooSmall(Math.max(...found.map(({ box }) => box.width)), settings.minFace);
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
