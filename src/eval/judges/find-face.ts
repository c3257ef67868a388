/** @file Whether a picture that should show one face shows one, and where. */

import type { RgbImage } from '../../data/image';
import { detectWithMargin } from '../../data/prepare/align';
import type { Box, FaceFinder } from '../../data/prepare/detect';
import { applySimilarity } from '../../data/prepare/similarity';
import type { Point } from '../../data/prepare/similarity';
import { facePartsOf, TEMPLATE, templateError, templateFaceIn, toTemplate, WORST_FIT } from '../../data/prepare/template';
import type { FaceParts } from '../../data/prepare/template';
import type { FaceView } from './judge';

/** Changes whenever the same picture may be found otherwise: what is kept of pictures is kept under it. */
export const FINDING = 'face 2';

/**
 * A face's box is so wide at least and at most, in widths of the picture: of 150 aligned photographs of UTKFace all had 0.61 to 1.80, of
 * 30 drawn faces 0.41 to 0.70. In pictures of one colour the detector sees faces of twice their width, and the landmarks fit them.
 */
const [NARROWEST, WIDEST] = [0.35, 1.9] as const;
/** Standard deviation of the grey levels of anything that can be seen, of 255. */
const LEAST_CONTRAST = 6;

/** How far eyes and mouth are from a face's, wherever the face lies and however large it is; a share of the crop's width. */
function shapeError(landmarks: readonly Point[]): number {
  const parts = facePartsOf(landmarks);
  const transform = toTemplate(parts);
  const fitted = Object.keys(TEMPLATE).map((part) => [part, applySimilarity(transform, parts[part as keyof FaceParts])] as const);
  return templateError(Object.fromEntries(fitted) as unknown as FaceParts);
}

/** Standard deviation of the mean of red, green and blue. */
function contrastOf({ data }: RgbImage): number {
  const n = data.length / 3;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < data.length; i += 3) {
    const grey = ((data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0)) / 3;
    sum += grey;
    squares += grey * grey;
  }
  return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
}

const isAsWideAsAFace = (box: Box, image: RgbImage): boolean => box.width >= NARROWEST * image.width && box.width <= WIDEST * image.width;

/**
 * The face of a picture that shows little else. Where none is found, the view says where it should be, so that a picture can still be
 * compared with others, and `isFound` is false.
 */
export async function viewFace(finder: FaceFinder, image: RgbImage): Promise<{ readonly view: FaceView; readonly isFound: boolean }> {
  const [detection] = contrastOf(image) < LEAST_CONTRAST ? [] : await detectWithMargin(finder, image);
  if (detection && isAsWideAsAFace(detection.box, image)) {
    const landmarks = await finder.landmarks(image, detection.box);
    if (shapeError(landmarks) <= WORST_FIT) return { view: { image, box: detection.box, landmarks }, isFound: true };
  }
  const box = templateFaceIn(image.width);
  return { view: { image, box, landmarks: await finder.landmarks(image, box) }, isFound: false };
}
