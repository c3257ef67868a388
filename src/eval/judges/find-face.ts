import { detectWithMargin } from '../../faces/align';
import type { FaceFinder } from '../../faces/detect';
import { applySimilarity } from '../../faces/similarity';
import type { Point } from '../../faces/similarity';
import {
  facePartsOf,
  TEMPLATE,
  templateError,
  templateFaceIn,
  toTemplate,
  WORST_FIT,
} from '../../faces/template';
import type { FaceParts } from '../../faces/template';
import type { FaceView } from './judge';
import type { RgbImage } from '../../images/pixels';

/** Changes whenever the same picture may be found otherwise: what is kept of pictures is kept under it. */
export const FINDING = 'face 2';

/** Detectors run over a face in a picture of at least this many pixels; a box narrower than this share of it is something else. */
const NARROWEST = 0.35;
/**
 * Standard deviation of the grey levels of a picture that shows something, of 255: mean faces have 17 and more. In pictures of one colour
 * the detector sees faces of twice their width, and the landmarks fit them.
 */
const LEAST_CONTRAST = 8;

/** How far eyes and mouth are from a face's, wherever the face lies and however large it is; a share of the crop's width. */
function shapeError(landmarks: readonly Point[]): number {
  const parts = facePartsOf(landmarks);
  const transform = toTemplate(parts);
  const fitted = Object.keys(TEMPLATE).map(
    (part) => [part, applySimilarity(transform, parts[part as keyof FaceParts])] as const,
  );
  return templateError(Object.fromEntries(fitted) as unknown as FaceParts);
}

/** Standard deviation of the mean of red, green and blue. */
function contrastOf({ data }: RgbImage): number {
  const n = data.length / 3;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < data.length; i += 3) {
    const grey = ((data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0)) / 3;
    sum += grey;
    squares += grey * grey;
  }
  return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
}

/**
 * The face of a picture that shows little else. Where none is found, the view says where it should be, so that a picture can still be
 * compared with others, and `isFound` is false.
 */
export async function viewFace(
  finder: FaceFinder,
  image: RgbImage,
): Promise<{ readonly view: FaceView; readonly isFound: boolean }> {
  const [detection] =
    contrastOf(image) < LEAST_CONTRAST ? [] : await detectWithMargin(finder, image);
  if (detection && detection.box.width >= NARROWEST * image.width) {
    const landmarks = await finder.landmarks(image, detection.box);
    if (shapeError(landmarks) <= WORST_FIT)
      return { view: { image, box: detection.box, landmarks }, isFound: true };
  }
  const box = templateFaceIn(image.width);
  return { view: { image, box, landmarks: await finder.landmarks(image, box) }, isFound: false };
}
