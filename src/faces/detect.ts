/** @file Finds faces and their 68 landmarks: the networks of @vladmandic/face-api (MIT) on our engine. */

import { tf } from '../engine/tf';
import { faceApi, netInput, openNetworks, toTensor } from './face-api';
import type { Point } from './similarity';
import type { RgbImage } from '../images/pixels';
import { cropImage } from '../images/pixels';
import type { Box } from './face-box';
import { detectionsOf, MOST_OVERLAP } from './raw-detections';
import type { Detection } from './search';

/** Both networks, loaded. */
export interface FaceFinder {
  /** Faces of a picture of any size, best first; the detector sees it at 512 × 512. */
  detect(image: RgbImage, minConfidence: number): Promise<Detection[]>;
  /** The 68 landmarks of the face in a box, in pixels of the picture. */
  landmarks(image: RgbImage, box: Box): Promise<Point[]>;
}

/** One that keeps tensors until it is disposed. */
export interface OpenFaceFinder extends FaceFinder {
  /** Frees the networks, where nobody else has them open. */
  dispose(): void;
}

const MOST_FACES = 100;

/** What the package's detector computes: a list of one. */
interface RawDetections {
  readonly boxes: readonly tf.Tensor[];
  readonly scores: readonly tf.Tensor[];
}

/** Boxes of the detector that repeat no better one. Differs from the package's own: its suppression reads all boxes back for each pair. */
async function detectIn(picture: tf.Tensor3D, minConfidence: number): Promise<Detection[]> {
  const [height, width] = picture.shape;
  const { boxes, scores } = faceApi().nets.ssdMobilenetv1.forwardInput(
    netInput([picture]),
  ) as unknown as RawDetections;
  const allBoxes = boxes[0] as tf.Tensor2D;
  const allScores = scores[0] as tf.Tensor1D;
  const kept = await tf.image.nonMaxSuppressionAsync(
    allBoxes,
    allScores,
    MOST_FACES,
    MOST_OVERLAP,
    minConfidence,
  );
  const [edges, values] = tf.tidy(
    () => [tf.gather(allBoxes, kept), tf.gather(allScores, kept)] as const,
  );
  const edge = await edges.data();
  const value = await values.data();
  tf.dispose([...boxes, ...scores, kept, edges, values]);
  return detectionsOf(edge, value, { width, height });
}

/** Loads detector and landmarks from the package; weights of its own choosing, no download. */
export async function loadFaceFinder(): Promise<OpenFaceFinder> {
  const { ssdMobilenetv1, faceLandmark68Net } = faceApi().nets;
  const dispose = await openNetworks([ssdMobilenetv1, faceLandmark68Net]);
  const withTensor = async <T>(
    image: RgbImage,
    use: (tensor: tf.Tensor3D) => Promise<T>,
  ): Promise<T> => {
    const tensor = toTensor(image);
    return use(tensor).finally(() => tensor.dispose());
  };
  return {
    detect: (image, minConfidence) =>
      withTensor(image, (tensor) => detectIn(tensor, minConfidence)),
    landmarks: (image, box) => {
      const part = cropImage(image, box);
      return withTensor(part, async (tensor) => {
        const found = await faceLandmark68Net.detectLandmarks(tensor);
        const [face] = [found].flat();
        return (face?.positions ?? []).map(({ x, y }) => ({ x: x + part.left, y: y + part.top }));
      });
    },
    dispose,
  };
}
