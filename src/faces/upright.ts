/** @file Sets a face upright in a crop: landmarks, twice, and a similarity. What finds and draws is given, so that a browser uses it, too. */

import type { RgbImage } from '../images/pixels';
import type { Box } from './face-box';
import { applySimilarity, invertSimilarity } from './similarity';
import type { Point, Similarity } from './similarity';
import {
  CROP_SIZE,
  facePartsOf,
  TEMPLATE_FACE,
  templateError,
  templateFaceIn,
  toTemplate,
  WORST_FIT,
} from './template';

/** What looks at pictures and draws them. */
export interface FaceTools {
  /** The 68 landmarks of the face in a box, in pixels of the picture. */
  landmarks(image: RgbImage, box: Box): Promise<Point[]>;
  /** The picture seen through a transform (its pixels → output pixels), side × side. */
  warp(image: RgbImage, transform: Similarity, side: number): Promise<RgbImage>;
}

/** A face, cut out upright. */
export interface UprightFace {
  /** [400,400,3]. */
  readonly crop: RgbImage;
  /** From the photograph's pixels to the crop's. */
  readonly transform: Similarity;
  /** All 68, in the crop's pixels. */
  readonly landmarks: readonly Point[];
}

/** Side of the draft that a face is set upright in, in pixels; the landmark network sees 112. */
const DRAFT_SIZE = 200;

const scaled = ({ a, b, tx, ty }: Similarity, factor: number): Similarity => ({
  a: a * factor,
  b: b * factor,
  tx: tx * factor,
  ty: ty * factor,
});

/**
 * One face: landmarks in the detector's box, again in a draft of the crop, where the face is upright, and in the crop itself.
 * @returns null where those of the crop are no face's
 */
export async function setUpright(
  image: RgbImage,
  box: Box,
  tools: FaceTools,
): Promise<UprightFace | null> {
  const first = toTemplate(facePartsOf(await tools.landmarks(image, box)));
  const draftOf = scaled(first, DRAFT_SIZE / CROP_SIZE);
  const draft = await tools.warp(image, draftOf, DRAFT_SIZE);
  const upright = await tools.landmarks(draft, templateFaceIn(DRAFT_SIZE));
  const back = invertSimilarity(draftOf);
  const transform = toTemplate(facePartsOf(upright.map((point) => applySimilarity(back, point))));
  const crop = await tools.warp(image, transform, CROP_SIZE);
  const found = await tools.landmarks(crop, TEMPLATE_FACE);
  if (!(templateError(facePartsOf(found)) <= WORST_FIT)) return null;
  return { crop, transform, landmarks: found };
}
