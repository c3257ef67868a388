/** @file The frame that face-api gives its recognition network: all landmarks with a margin. */

import type { Point } from './similarity';

/** In pixels of a picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What is added to width and height, as a share of them; half of it on either side. */
const MARGIN = 0.2;

/** The frame around some landmarks, in their pixels; as `FaceLandmarks68.align` of face-api has it. */
export function faceBox(landmarks: readonly Point[]): Box {
  const xs = landmarks.map(({ x }) => x);
  const ys = landmarks.map(({ y }) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const width = Math.max(...xs) - left;
  const height = Math.max(...ys) - top;
  return {
    x: left - (width * MARGIN) / 2,
    y: top - (height * MARGIN) / 2,
    width: width * (1 + MARGIN),
    height: height * (1 + MARGIN),
  };
}
