/** @file Descriptors of aligned faces: the recognition network of @vladmandic/face-api (MIT) on our engine. */

import { tf } from '../engine/tf';
import { faceApi, netInput, openNetworks, toTensor } from './face-api';
import { faceBox } from './face-box';
import type { RgbImage } from '../images/pixels';
import { cropImage } from '../images/pixels';

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

/** How {@link facePart} cuts; descriptors that are kept belong to it. Another rule needs another text. */
export const FACE_PART_RULE = `box of the 68 landmarks as face-api aligns it, or the central ${CENTRAL}`;

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

/** The network, loaded. */
export interface FaceDescriber {
  /** The descriptors of some faces, [N,128] row by row. Two of one person are less than about 0.6 apart. */
  describe(faces: readonly FacePicture[]): Promise<Float32Array>;
  /** Frees the network, where nobody else has it open. */
  dispose(): void;
}

/** Loads the network; the caller disposes it. */
export async function loadFaceDescriber(): Promise<FaceDescriber> {
  const { faceRecognitionNet } = faceApi().nets;
  const dispose = await openNetworks([faceRecognitionNet]);
  return {
    describe: async (faces) => {
      const descriptors = tf.tidy(() => {
        const tensors = faces.map((face) => toTensor(facePart(face)));
        // the package has types of its own for the same tensors
        return faceRecognitionNet.forwardInput(netInput(tensors)) as unknown as tf.Tensor2D;
      });
      const values = (await descriptors.data()) as Float32Array;
      descriptors.dispose();
      return values;
    },
    dispose,
  };
}
