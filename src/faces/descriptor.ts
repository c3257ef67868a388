/** @file Descriptors of aligned faces: the recognition network of @vladmandic/face-api (MIT) on our engine. */

import { tf } from '../engine/tf';
import { cropImage } from '../images/image';
import type { RgbImage } from '../images/image';
import { faceApi, faceApiWeights, netInput, toTensor } from './face-api';
import { faceBox } from './face-box';

/** Numbers of a descriptor. */
export const DESCRIPTOR_SIZE = 128;

/** A picture of one face; without landmarks the whole picture is the face. */
export interface FacePicture {
  readonly image: RgbImage;
  /** 68 points [x, y] in pixels of the picture. */
  readonly landmarks: readonly (readonly [number, number])[] | null;
}

/** Whole pictures that came aligned: the face without the margin that crops have. */
const CENTRAL = 0.7;

/** The part of the picture that face-api itself gives its recognition network. */
export function facePart({ image, landmarks }: FacePicture): RgbImage {
  const { width, height } = image;
  if (landmarks === null) {
    const side = Math.min(width, height) * CENTRAL;
    return cropImage(image, {
      x: (width - side) / 2,
      y: (height - side) / 2,
      width: side,
      height: side,
    });
  }
  return cropImage(image, faceBox(landmarks.map(([x, y]) => ({ x, y }))));
}

/** Loads the network; it gives the descriptors of some faces, [N,128] row by row. Two of one person are less than about 0.6 apart. */
export async function loadFaceDescriber(): Promise<
  (faces: readonly FacePicture[]) => Promise<Float32Array>
> {
  const { faceRecognitionNet } = faceApi().nets;
  await faceRecognitionNet.loadFromDisk(faceApiWeights());
  return async (faces) => {
    const descriptors = tf.tidy(() => {
      const tensors = faces.map((face) => toTensor(facePart(face)));
      // the package has types of its own for the same tensors
      return faceRecognitionNet.forwardInput(netInput(tensors)) as unknown as tf.Tensor2D;
    });
    const values = (await descriptors.data()) as Float32Array;
    descriptors.dispose();
    return values;
  };
}
