/** @file The second judge: the network `faceres` of @vladmandic/human (MIT), whose files are opened as a graph model on our engine. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { tf } from '../../engine/tf';
import type { FaceView, Judge } from './judge';
import type { RgbImage } from '../../images/pixels';
import { cropImage } from '../../images/pixels';

/** Height and width of its input, in pixels. */
const SIZE = 224;
/** Numbers of its descriptor. */
const DESCRIPTOR = 1024;
/** Years that it tells apart. */
const YEARS = 100;
/** Side of the square around the landmarks that it sees, in the larger side of their extent: of 1 to 1.8 its ages were least wrong here. */
const FRAME = 1.8;

function squareAround({ image, landmarks }: FaceView): RgbImage {
  const xs = landmarks.map(({ x }) => x);
  const ys = landmarks.map(({ y }) => y);
  const left = Math.min(...xs);
  const right = Math.max(...xs);
  const top = Math.min(...ys);
  const bottom = Math.max(...ys);
  const side = FRAME * Math.max(right - left, bottom - top);
  return cropImage(image, {
    x: (left + right - side) / 2,
    y: (top + bottom - side) / 2,
    width: side,
    height: side,
  });
}

/** Of the exports of the package none is its package.json: its folder is found from its main file. */
function packageFolder(): string {
  return path.resolve(path.dirname(require.resolve('@vladmandic/human')), '..');
}

/** Descriptors of length 1, so that distances do not depend on their scale. */
function normalized(vectors: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.div(vectors, tf.norm(vectors, 2, 1, true)));
}

/** The three outputs, which come in no order that the file promises: told apart by their widths. */
function readOutputs(
  model: tf.GraphModel,
  faces: readonly FaceView[],
): { descriptors: tf.Tensor2D; years: tf.Tensor1D } {
  return tf.tidy(() => {
    const crops = faces.map((face) => {
      const { data, width, height } = squareAround(face);
      return tf.image.resizeBilinear(tf.tensor3d(Float32Array.from(data), [height, width, 3]), [
        SIZE,
        SIZE,
      ]);
    });
    const outputs = model.execute(tf.stack(crops)) as tf.Tensor2D[];
    const ofWidth = (width: number): tf.Tensor2D => {
      const found = outputs.find(({ shape }) => shape[1] === width);
      if (!found)
        throw new Error(
          `faceres: expected an output of ${width} numbers, got ${outputs.map(({ shape }) => shape.join('x')).join(', ')}`,
        );
      return found;
    };
    // the mean over years: less wrong on UTKFace than the package's own reading around the likeliest year
    const years = tf.sum<tf.Tensor1D>(tf.mul(ofWidth(YEARS), tf.range(0, YEARS)), 1);
    return { descriptors: normalized(ofWidth(DESCRIPTOR)), years };
  });
}

/** Loads it from the package; the package's own program, which brings a TensorFlow.js of its own, is not run. */
export async function loadHumanJudge(): Promise<Judge> {
  const folder = packageFolder();
  const model = await tf.loadGraphModel(
    pathToFileURL(path.join(folder, 'models', 'faceres.json')).href,
  );
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    name: 'human',
    version: `@vladmandic/human ${version}`,
    note: 'faceres, a MobileNet after HSE-FaceRec; its package does not say which photographs it was trained on',
    // the package knows similarities of its own making only
    identity: { publishedThreshold: null, isCalibrated: true },
    age: 'years',
    dispose: () => model.dispose(),
    judge: async (faces) => {
      const { descriptors, years } = readOutputs(model, faces);
      const embeddings = (await descriptors.data()) as Float32Array;
      const ages = await years.data();
      tf.dispose([descriptors, years]);
      return faces.map((_, i) => ({
        embedding: embeddings.slice(i * DESCRIPTOR, (i + 1) * DESCRIPTOR),
        age: ages[i] ?? null,
        group: null,
      }));
    },
  };
}
