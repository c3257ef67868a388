/**
 * @file Where the parts of a face lie in an aligned crop: measured on 72 crops of CACD, so that ours have the geometry that the
 * original's networks were trained on. `node bench/alignment.mjs` prints these numbers and their spread (docs/data.md).
 */

import { centroid, fitSimilarity, rmsDistance } from './similarity';
import type { Point, Similarity } from './similarity';
import type { Box } from './face-box';

/** Height and width of an aligned crop, in pixels. */
export const CROP_SIZE = 400;

/** Parts of a face that alignment goes by; left is left in the picture. */
export type FacePart = 'leftEye' | 'rightEye' | 'nose' | 'mouthLeft' | 'mouthRight';
/** A point for each part, in pixels. */
export type FaceParts = Readonly<Record<FacePart, Point>>;

/** The parts' mean positions in a crop. */
export const TEMPLATE: FaceParts = {
  leftEye: { x: 133.8, y: 164.8 },
  rightEye: { x: 261.7, y: 165.8 },
  nose: { x: 195.1, y: 244.2 },
  mouthLeft: { x: 143.6, y: 299.9 },
  mouthRight: { x: 253.2, y: 301.3 },
};

/** What the detector frames in a crop: landmarks of an aligned face are looked for here. */
export const TEMPLATE_FACE: Box = { x: 55, y: 13, width: 302, height: 380 };

/** The same in an aligned face of another width, in pixels. */
export function templateFaceIn(width: number): Box {
  const factor = width / CROP_SIZE;
  const { x, y, width: across, height } = TEMPLATE_FACE;
  return { x: x * factor, y: y * factor, width: across * factor, height: height * factor };
}

/** Eyes and mouth farther from the template than this share of the crop's width are no face's. */
export const WORST_FIT = 0.07;

/** The nose moves with the head's turn; the crops were aligned by eyes and mouth. */
const FITTED: readonly FacePart[] = ['leftEye', 'rightEye', 'mouthLeft', 'mouthRight'];

/** Numbers of the 68 landmarks. */
const LEFT_EYE = [36, 42] as const;
const RIGHT_EYE = [42, 48] as const;
const NOSE_TIP = 30;
const MOUTH_LEFT = 48;
const MOUTH_RIGHT = 54;

const corresponding = (parts: FaceParts): Point[] => FITTED.map((part) => parts[part]);

/** The parts from all 68 landmarks: eyes are the mean of their outline. */
export function facePartsOf(landmarks: readonly Point[]): FaceParts {
  const at = (index: number): Point => landmarks[index] ?? { x: NaN, y: NaN };
  return {
    leftEye: centroid(landmarks.slice(...LEFT_EYE)),
    rightEye: centroid(landmarks.slice(...RIGHT_EYE)),
    nose: at(NOSE_TIP),
    mouthLeft: at(MOUTH_LEFT),
    mouthRight: at(MOUTH_RIGHT),
  };
}

/** The transform from a picture to a crop that brings eyes and mouth nearest to the template. */
export const toTemplate = (parts: FaceParts): Similarity =>
  fitSimilarity(corresponding(parts), corresponding(TEMPLATE));

/** Root mean square distance of eyes and mouth from the template, as a share of the crop's width; of parts in a crop's pixels. */
export const templateError = (parts: FaceParts): number =>
  rmsDistance(corresponding(parts), corresponding(TEMPLATE)) / CROP_SIZE;
