/** @file A batch of faces through a trained generator: tensors in, tensors or pictures out. */

import { compile } from '../engine/function/compiled';
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

const byMovingAverages = (
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  label: tf.Tensor2D,
): tf.Tensor4D => generator.predictOnBatch([sources, label]) as tf.Tensor4D;

const byBatchStatistics = (
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  label: tf.Tensor2D,
): tf.Tensor4D => generator.apply([sources, label], { ...BATCH_STATISTICS }) as tf.Tensor4D;

const amongCompanions = (
  generator: tf.LayersModel,
  source: tf.Tensor4D,
  companions: tf.Tensor4D,
  label: tf.Tensor2D,
): tf.Tensor4D =>
  tf.slice(
    byBatchStatistics(generator, tf.concat([source, companions], 0), label),
    [0, 0, 0, 0],
    [1, -1, -1, -1],
  );

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
  return tf.tidy(() =>
    byMovingAverages(
      generator,
      sources,
      sameLabel(group, sources.shape[0], ageGroupsOf(generator)),
    ),
  );
}

/** The same, normalised by the batch that the faces form, as training and the original's test do. */
export function ageByBatchStatistics(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  group: number,
): tf.Tensor4D {
  return tf.tidy(() =>
    byBatchStatistics(
      generator,
      sources,
      sameLabel(group, sources.shape[0], ageGroupsOf(generator)),
    ),
  );
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
    const label = sameLabel(group, 1 + companions.shape[0], ageGroupsOf(generator));
    return amongCompanions(generator, source, companions, label);
  });
}

/** A generator at work on batches of faces, those of one size as one TensorFlow function from the fourth on: the same pictures. */
export interface FaceAger {
  /**
   * Faces at one group: by the moving averages, or each among the companions.
   * @param sources [N,S,S,3], RGB 0..255 minus the mean
   * @returns [N,S,S,3] in [-1, 1]; the caller disposes
   */
  age(sources: tf.Tensor4D, group: number): tf.Tensor4D;
  /** Forgets the functions; generator and companions stay their owner's. */
  dispose(): void;
}

/** @param companions [N,S,S,3], whom each face is normalised with; null for the moving averages */
export function openFaceAger(generator: tf.LayersModel, companions: tf.Tensor4D | null): FaceAger {
  const compiled = compile(
    { label: 'ipcgan_generator', off: null },
    ({ sources, label, others }) => ({
      aged: others
        ? amongCompanions(
            generator,
            sources as tf.Tensor4D,
            others as tf.Tensor4D,
            label as tf.Tensor2D,
          )
        : byMovingAverages(generator, sources as tf.Tensor4D, label as tf.Tensor2D),
    }),
  );
  const some = (sources: tf.Tensor4D, group: number, others: tf.Tensor4D | null): tf.Tensor4D => {
    const count = sources.shape[0] + (others?.shape[0] ?? 0);
    const label = sameLabel(group, count, ageGroupsOf(generator));
    try {
      const { aged } = compiled.call({ key: '', tensors: { sources, label, others }, numbers: {} });
      return aged;
    } finally {
      label.dispose();
    }
  };
  return {
    age: (sources, group) => {
      if (companions === null) return some(sources, group, null);
      const pictures: tf.Tensor4D[] = [];
      try {
        for (let i = 0; i < sources.shape[0]; i++) {
          const one: tf.Tensor4D = tf.slice(sources, [i, 0, 0, 0], [1, -1, -1, -1]);
          pictures.push(some(one, group, companions));
          one.dispose();
        }
        return tf.concat(pictures);
      } finally {
        tf.dispose(pictures);
      }
    },
    dispose: () => compiled.dispose(),
  };
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
