/** @file The original's judge of identity: distances of DeepFace's F7. */

import { tf } from '../../engine/tf';
import { DEEPFACE_SIZE } from '../../models/deepface';
import type { FaceView, Judge } from './judge';
import { cropImage } from '../../images/pixels';
import { resizeOpenCv } from '../../images/resize';

/** The notebook's: faces of one person are at most so far apart. */
const DEEPFACE_THRESHOLD = 50;
const GREATEST = 255;

/** Cut out of its picture, 152 × 152, BGR / 255. */
export function toDeepFaceInput({ image, box }: Pick<FaceView, 'image' | 'box'>): Float32Array {
  const pixels = resizeOpenCv(cropImage(image, box), DEEPFACE_SIZE);
  const values = new Float32Array(pixels.length);
  for (let i = 0; i < values.length; i += 3)
    for (let c = 0; c < 3; c++) values[i + c] = (pixels[i + 2 - c] ?? 0) / GREATEST;
  return values;
}

/** F7 of some faces, in order. */
export async function embedByDeepFace(
  model: tf.LayersModel,
  faces: readonly Pick<FaceView, 'image' | 'box'>[],
): Promise<Float32Array[]> {
  const embeddings = tf.tidy(() => {
    const inputs = faces.map((face) =>
      tf.tensor3d(toDeepFaceInput(face), [DEEPFACE_SIZE, DEEPFACE_SIZE, 3]),
    );
    return model.predictOnBatch(tf.stack(inputs)) as tf.Tensor2D;
  });
  const [, width] = embeddings.shape;
  const values = (await embeddings.data()) as Float32Array;
  embeddings.dispose();
  return faces.map((_, i) => values.slice(i * width, (i + 1) * width));
}

/**
 * DeepFace as a judge. Differs: the box is that of our detector, not of OpenCV's Haar cascade.
 * @param model as far as F7, with its weights
 * @param version tells the weights from others
 */
export function deepFaceJudge(model: tf.LayersModel, version: string): Judge {
  return {
    name: 'deepface',
    version,
    note: "the original's judge, an old one: 67 % on Labeled Faces in the Wild in a public benchmark of face recognisers, where newer ones reach 98 % and more",
    identity: { publishedThreshold: DEEPFACE_THRESHOLD, isCalibrated: false },
    age: null,
    dispose: () => void model.dispose(),
    judge: async (faces) =>
      (await embedByDeepFace(model, faces)).map((embedding) => ({
        embedding,
        age: null,
        group: null,
      })),
  };
}
