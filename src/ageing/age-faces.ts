/** @file A batch of faces through a trained generator: tensors in, tensors or pictures out. */

import { tf } from '../engine/tf';
import { sameLabel } from '../models/age-condition';
import type { BatchNormMode } from '../models/layers/batch-normalization';
import type { RgbImage } from '../images/pixels';
import { fromUnitRange } from '../images/pixels';

/** Batch statistics, and no trace in the moving averages. */
const BATCH_STATISTICS: BatchNormMode = { training: true };

function ageGroupsOf(generator: tf.LayersModel): number {
  return generator.inputs[1]?.shape[1] ?? 0;
}

/**
 * Shows every face at the age group, normalised by the moving averages: a face's picture does not depend on its company.
 * @param sources [B,S,S,3], RGB 0..255 minus the mean
 * @returns [B,S,S,3] in [-1, 1]; the caller disposes
 */
export function ageByMovingAverages(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  group: number,
): tf.Tensor4D {
  return tf.tidy(
    () =>
      generator.predictOnBatch([
        sources,
        sameLabel(group, sources.shape[0], ageGroupsOf(generator)),
      ]) as tf.Tensor4D,
  );
}

/** The same, normalised by the batch that the faces form, as training and the original's test do. */
export function ageByBatchStatistics(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  group: number,
): tf.Tensor4D {
  return tf.tidy(() => {
    const label = sameLabel(group, sources.shape[0], ageGroupsOf(generator));
    return generator.apply([sources, label], { ...BATCH_STATISTICS }) as tf.Tensor4D;
  });
}

/**
 * The original's test mode: one face among fixed companions, [N,S,S,3], with which it is normalised; only its own picture is returned.
 * @param source [1,S,S,3]
 * @returns [1,S,S,3] in [-1, 1]; the caller disposes
 */
export function ageAmongCompanions(
  generator: tf.LayersModel,
  source: tf.Tensor4D,
  companions: tf.Tensor4D,
  group: number,
): tf.Tensor4D {
  return tf.tidy(() => {
    const all = ageByBatchStatistics(generator, tf.concat([source, companions], 0), group);
    return tf.slice(all, [0, 0, 0, 0], [1, -1, -1, -1]);
  });
}

/**
 * Faces at one group: by the moving averages, or each among the companions.
 * @param sources [N,S,S,3], RGB 0..255 minus the mean
 * @returns [N,S,S,3] in [-1, 1]; the caller disposes
 */
export function ageFaces(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  companions: tf.Tensor4D | null,
  group: number,
): tf.Tensor4D {
  if (companions === null) return ageByMovingAverages(generator, sources, group);
  return tf.tidy(() => {
    const one = (i: number): tf.Tensor4D => tf.slice(sources, [i, 0, 0, 0], [1, -1, -1, -1]);
    return tf.concat(
      Array.from({ length: sources.shape[0] }, (_, i) =>
        ageAmongCompanions(generator, one(i), companions, group),
      ),
    );
  });
}

/** The pictures of a batch [N,S,S,3] in [-1, 1], which stays. */
export async function toImages(batch: tf.Tensor4D): Promise<RgbImage[]> {
  const [count, height, width] = batch.shape;
  const size = height * width * 3;
  const values = (await batch.data()) as Float32Array;
  return Array.from({ length: count }, (_, i) => ({
    data: fromUnitRange(values.subarray(i * size, (i + 1) * size)),
    width,
    height,
  }));
}
