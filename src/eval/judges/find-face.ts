/** @file Whether a picture that should show one face shows one, and where. */

import type { RgbImage } from '../../data/image';
import { detectWithMargin } from '../../data/prepare/align';
import type { FaceFinder } from '../../data/prepare/detect';
import { applySimilarity } from '../../data/prepare/similarity';
import type { Point } from '../../data/prepare/similarity';
import { facePartsOf, TEMPLATE, templateError, templateFaceIn, toTemplate, WORST_FIT } from '../../data/prepare/template';
import type { FaceParts } from '../../data/prepare/template';
import type { FaceView } from './judge';

/** Detectors run over a face in a picture of at least this many pixels; a box narrower than this share of it is something else. */
const NARROWEST = 0.35;

/** How far eyes and mouth are from a face's, wherever the face lies and however large it is; a share of the crop's width. */
function shapeError(landmarks: readonly Point[]): number {
  const parts = facePartsOf(landmarks);
  const transform = toTemplate(parts);
  const fitted = Object.keys(TEMPLATE).map((part) => [part, applySimilarity(transform, parts[part as keyof FaceParts])] as const);
  return templateError(Object.fromEntries(fitted) as unknown as FaceParts);
}

/**
 * The face of a picture that shows little else. Where none is found, the view says where it should be, so that a picture can still be
 * compared with others, and `isFound` is false.
 */
export async function viewFace(finder: FaceFinder, image: RgbImage): Promise<{ readonly view: FaceView; readonly isFound: boolean }> {
  const [detection] = await detectWithMargin(finder, image);
  if (detection && detection.box.width >= NARROWEST * image.width) {
    const landmarks = await finder.landmarks(image, detection.box);
    if (shapeError(landmarks) <= WORST_FIT) return { view: { image, box: detection.box, landmarks }, isFound: true };
  }
  const box = templateFaceIn(image.width);
  return { view: { image, box, landmarks: await finder.landmarks(image, box) }, isFound: false };
}
