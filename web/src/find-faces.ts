/** @file Finds the faces of a photograph and sets them upright, with the arithmetic of src/faces. */

import type * as FaceApi from '@vladmandic/face-api';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { Box } from '../../src/faces/face-box';
import { detectionsOf, MOST_OVERLAP } from '../../src/faces/raw-detections';
import { searchFaces } from '../../src/faces/search';
import type { Detection, SearchTools } from '../../src/faces/search';
import { scaleOf } from '../../src/faces/similarity';
import type { Point } from '../../src/faces/similarity';
import { TEMPLATE_FACE } from '../../src/faces/template';
import { setUpright } from '../../src/faces/upright';
import type { UprightFace } from '../../src/faces/upright';
import { cropImage } from '../../src/images/pixels';
import type { RgbImage } from '../../src/images/pixels';
import type { Networks } from './networks';
import { resized, warp } from './pictures';
import { SaidError } from './said-error';
import { drawn } from './status';

/** Smallest width of a face, in pixels of the photograph. */
const SMALLEST_FACE = 40;
const MOST_FACES = 20;

/** What the package's detector computes: a list of one. */
interface RawDetections {
  readonly boxes: readonly Tensor[];
  readonly scores: readonly Tensor[];
}

/** Shows a picture to a network. @param run gets it as the package takes it, whose types have tensors of their own */
async function withPicture<T>(
  { faceApi: { tf, NetInput } }: Networks,
  { data, width, height }: RgbImage,
  run: (picture: FaceApi.NetInput) => Promise<T>,
): Promise<T> {
  const tensor = tf.tensor3d(data, [height, width, 3], 'int32');
  try {
    return await run(new NetInput([tensor]));
  } finally {
    tensor.dispose();
  }
}

/** What the detector finds. The package's own reading makes a graphics card wait, and WebGPU cannot do so. */
async function detect(
  networks: Networks,
  image: RgbImage,
  minConfidence: number,
): Promise<Detection[]> {
  // large photographs are searched in many parts
  await drawn();
  const { tf, nets } = networks.faceApi;
  return withPicture(networks, image, async (picture) => {
    const raw: unknown = nets.ssdMobilenetv1.forwardInput(picture);
    const { boxes, scores } = raw as RawDetections;
    const all = { boxes: boxes[0] as Tensor2D, scores: scores[0] as Tensor1D };
    const kept = await tf.image.nonMaxSuppressionAsync(
      all.boxes,
      all.scores,
      MOST_FACES,
      MOST_OVERLAP,
      minConfidence,
    );
    const best = tf.tidy(() => [tf.gather(all.boxes, kept), tf.gather(all.scores, kept)]);
    const [edges, values] = await Promise.all(best.map((tensor) => tensor.data()));
    tf.dispose([...boxes, ...scores, kept, ...best]);
    return detectionsOf(edges ?? [], values ?? [], image);
  });
}

/** The 68 landmarks of the face in a box, in pixels of the picture. */
async function landmarks(networks: Networks, image: RgbImage, box: Box): Promise<Point[]> {
  const part = cropImage(image, box);
  return withPicture(networks, part, async (picture) => {
    const raw: unknown = networks.faceApi.nets.faceLandmark68Net.forwardInput(picture);
    const tensor = raw as Tensor;
    // shares of the part's sides, x and y in turn
    const shares = await tensor.data().finally(() => tensor.dispose());
    return Array.from({ length: shares.length / 2 }, (_, i) => ({
      x: (shares[2 * i] ?? NaN) * part.width + part.left,
      y: (shares[2 * i + 1] ?? NaN) * part.height + part.top,
    }));
  });
}

/** Those that are large enough. @throws SaidError where none is */
function largeOnly<T>(all: readonly T[], widthOf: (one: T) => number): T[] {
  const large = all.filter((one) => widthOf(one) >= SMALLEST_FACE);
  if (large.length > 0) return large;
  const widest = Math.floor(Math.max(...all.map(widthOf)));
  throw new SaidError(
    `The largest face is ${widest} pixels wide, fewer than ${SMALLEST_FACE}. Take a larger copy of the photograph, or come closer.`,
  );
}

const toolsOf = (networks: Networks): SearchTools => ({
  detect: (image, minConfidence) => detect(networks, image, minConfidence),
  shrink: (image, size) => Promise.resolve(resized(image, size)),
});

/** Every face that is large enough, from left to right. @throws SaidError where there is none */
export async function findFaces(networks: Networks, image: RgbImage): Promise<UprightFace[]> {
  const settings = { isTight: false, isThorough: false };
  const found = await searchFaces(toolsOf(networks), image, settings);
  if (found.length === 0)
    throw new SaidError(
      'No face was found in this picture. Take one that shows a face from the front, upright and in the light.',
    );
  const large = largeOnly(found, ({ box }) => box.width);
  const tools = {
    landmarks: (picture: RgbImage, box: Box) => landmarks(networks, picture, box),
    warp: (...given: Parameters<typeof warp>) => Promise.resolve(warp(...given)),
  };
  const faces: UprightFace[] = [];
  for (const { box } of large.sort((a, b) => a.box.x - b.box.x)) {
    const face = await setUpright(image, box, tools);
    if (face) faces.push(face);
  }
  if (faces.length === 0)
    throw new SaidError(
      'What looked like a face has no eyes and mouth where a face has them. Take one from the front.',
    );
  return largeOnly(faces, ({ transform }) => TEMPLATE_FACE.width / scaleOf(transform));
}

/** Shows the networks an empty picture, so that the first photograph does not wait for what is prepared once. */
export async function warmUpFinder(networks: Networks): Promise<void> {
  const side = 64;
  const blank = { data: new Uint8Array(side * side * 3), width: side, height: side };
  await detect(networks, blank, 0.9);
  await landmarks(networks, blank, { x: 0, y: 0, width: side, height: side });
}
