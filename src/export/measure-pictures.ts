/** @file How far the pictures of an exported generator are from those of the original. */

import { showFaces } from '../ageing/age-faces';
import type { BatchNormBy, OpenGenerator } from '../ageing/open-generator';
import { concatenated } from '../data/batches';
import { tf } from '../engine/tf';
import { HALF_RANGE } from '../images/pixel-range';
import { subtractMean } from '../images/pixels';
import { resizeOpenCv } from '../images/resize';
import type { ModelManifest } from '../weights/model-manifest';
import type { WeightType } from '../weights/quantize';
import { drawnFaces } from './drawn-faces';

/** Pictures at every group, one group after the other; each [N,S,S,3] in [-1, 1]. */
async function picturesOf(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  groups: number,
  by: BatchNormBy,
): Promise<Float32Array[]> {
  const pictures: Float32Array[] = [];
  for (let group = 0; group < groups; group++) {
    const { fake, mask } = showFaces(generator, sources, group, by);
    pictures.push((await fake.data()) as Float32Array);
    tf.dispose(mask ? [fake, mask] : fake);
  }
  return pictures;
}

/**
 * Compares pictures of drawn faces at every age group.
 * @param exported takes and gives what the generator does; stays
 * @param type of its weights, to be told with the difference
 * @param by how both take batch norm
 */
export async function measurePictures(
  { generator, imageSize, groupNames }: OpenGenerator,
  exported: tf.LayersModel,
  type: WeightType,
  by: BatchNormBy,
): Promise<NonNullable<ModelManifest['weights']>> {
  const faces = await drawnFaces();
  const pixels = concatenated(faces.map((face) => subtractMean(resizeOpenCv(face, imageSize))));
  const sources = tf.tensor4d(pixels, [faces.length, imageSize, imageSize, 3]);
  try {
    const before = await picturesOf(generator, sources, groupNames.length, by);
    const after = await picturesOf(exported, sources, groupNames.length, by);
    let sum = 0;
    let largest = 0;
    for (const [group, values] of before.entries())
      for (const [i, value] of values.entries()) {
        const error = HALF_RANGE * Math.abs(value - (after[group]?.[i] ?? NaN));
        sum += error;
        largest = Math.max(largest, error);
      }
    return {
      type,
      pictures: faces.length * before.length,
      error_mean: sum / (before.length * pixels.length),
      error_max: largest,
    };
  } finally {
    sources.dispose();
  }
}
