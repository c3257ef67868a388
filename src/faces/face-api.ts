/** @file The only importer of @vladmandic/face-api (MIT), whose networks find and describe faces on our engine. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type * as FaceApi from '@vladmandic/face-api/dist/face-api.node-gpu.js';
import { onceLoaded, tf } from '../engine/tf';
import type { RgbImage } from '../images/image';

const PACKAGE = '@vladmandic/face-api/package.json';

/** The package: it loads TensorFlow by itself, so that it is loaded after the engine was opened. @throws Error before */
export const faceApi = onceLoaded((): typeof FaceApi => {
  // a use of the engine: an error where it is not open
  tf.getBackend();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
  return require('@vladmandic/face-api/dist/face-api.node-gpu.js') as typeof FaceApi;
});

/** Folder where the package keeps its networks. */
export const faceApiWeights = (): string =>
  path.join(path.dirname(require.resolve(PACKAGE)), 'model');

/** Of the package, as `1.7.15`. */
export const faceApiVersion = (): string =>
  (JSON.parse(readFileSync(require.resolve(PACKAGE), 'utf8')) as { version: string }).version;

/** Tensors as the package's networks take them: they have types of their own for the same thing. */
export const netInput = (tensors: readonly tf.Tensor3D[]): FaceApi.NetInput =>
  new (faceApi().NetInput)([...tensors]);

/** Grey levels [H,W,3] as integers; the caller disposes. */
export const toTensor = ({ data, width, height }: RgbImage): tf.Tensor3D =>
  tf.tensor3d(data, [height, width, 3], 'int32');
