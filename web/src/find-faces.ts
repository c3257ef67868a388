/** @file Finds the faces of a photograph and sets them upright, with the arithmetic of src/faces. */

import type { Box } from '../../src/faces/face-box';
import type { Point } from '../../src/faces/similarity';
import { setUpright } from '../../src/faces/upright';
import type { UprightFace } from '../../src/faces/upright';
import { cropImage } from '../../src/images/pixels';
import type { RgbImage } from '../../src/images/pixels';
import type { Networks } from './networks';
import { shrunkTo, warp } from './pictures';
import { SaidError } from './said-error';

/** The detector sees pictures at this side, and must be as sure as this: as src/faces/align.ts. */
const DETECTOR_SIDE = 512;
const MIN_CONFIDENCE = 0.4;
/** Smallest width of a face, in pixels of the photograph. */
const SMALLEST_FACE = 40;
const MOST_FACES = 20;

/** Shows a picture to a network. */
async function withTensor<T>(
  { faceApi: { tf } }: Networks,
  { data, width, height }: RgbImage,
  use: (tensor: never) => Promise<T>,
): Promise<T> {
  const tensor = tf.tensor3d(data, [height, width, 3], 'int32');
  try {
    // the package's types have tensors of their own, which are the same
    return await use(tensor as never);
  } finally {
    tensor.dispose();
  }
}

/** Frames of faces, in the photograph's pixels. */
async function detect(networks: Networks, image: RgbImage): Promise<Box[]> {
  const { nets, SsdMobilenetv1Options } = networks.faceApi;
  const { picture, scale } = shrunkTo(image, DETECTOR_SIDE);
  const options = new SsdMobilenetv1Options({
    minConfidence: MIN_CONFIDENCE,
    maxResults: MOST_FACES,
  });
  const found = await withTensor(networks, picture, (tensor) =>
    nets.ssdMobilenetv1.locateFaces(tensor, options),
  );
  return found.map(({ box: { x, y, width, height } }) => ({
    x: x / scale,
    y: y / scale,
    width: width / scale,
    height: height / scale,
  }));
}

/** The 68 landmarks of the face in a box, in pixels of the picture. */
async function landmarks(networks: Networks, image: RgbImage, box: Box): Promise<Point[]> {
  const part = cropImage(image, box);
  const found = await withTensor(networks, part, (tensor) =>
    networks.faceApi.nets.faceLandmark68Net.detectLandmarks(tensor),
  );
  const [face] = [found].flat();
  return (face?.positions ?? []).map(({ x, y }) => ({ x: x + part.left, y: y + part.top }));
}

/** Every face that is large enough, from left to right. @throws SaidError where there is none */
export async function findFaces(networks: Networks, image: RgbImage): Promise<UprightFace[]> {
  const found = await detect(networks, image);
  if (found.length === 0)
    throw new SaidError(
      'No face was found in this picture. Take one that shows a face from the front, upright and in the light.',
    );
  const large = found.filter(({ width }) => width >= SMALLEST_FACE);
  if (large.length === 0)
    throw new SaidError(
      `The largest face is ${Math.floor(Math.max(...found.map(({ width }) => width)))} pixels wide, fewer than ${SMALLEST_FACE}. Take a larger copy of the photograph.`,
    );
  const tools = {
    landmarks: (picture: RgbImage, box: Box) => landmarks(networks, picture, box),
    warp: (...given: Parameters<typeof warp>) => Promise.resolve(warp(...given)),
  };
  const faces: UprightFace[] = [];
  for (const box of large.sort((a, b) => a.x - b.x)) {
    const face = await setUpright(image, box, tools);
    if (face) faces.push(face);
  }
  if (faces.length === 0)
    throw new SaidError(
      'What looked like a face has no eyes and mouth where a face has them. Take one from the front.',
    );
  return faces;
}
