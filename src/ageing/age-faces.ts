/** @file A batch of faces through a trained generator: tensors in, tensors or pictures out. */

import { compile } from '../engine/function/compiled';
import type { Tensors } from '../engine/function/compiled';
import { tf } from '../engine/tf';
import { sameLabel } from '../models/age-condition';
import { outputsOf } from '../models/generator-outputs';
import type { GeneratorOutputs } from '../models/generator-outputs';
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
): GeneratorOutputs => outputsOf(generator.predictOnBatch([sources, label]));

const byBatchStatistics = (
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  label: tf.Tensor2D,
): GeneratorOutputs =>
  outputsOf(generator.apply([sources, label], { ...BATCH_STATISTICS }) as tf.Tensor);

const amongCompanions = (
  generator: tf.LayersModel,
  source: tf.Tensor4D,
  companions: tf.Tensor4D,
  label: tf.Tensor2D,
): GeneratorOutputs => {
  const { fake, mask } = byBatchStatistics(generator, tf.concat([source, companions], 0), label);
  const first = (all: tf.Tensor4D): tf.Tensor4D => tf.slice(all, [0, 0, 0, 0], [1, -1, -1, -1]);
  return { fake: first(fake), mask: mask && first(mask) };
};

/** Runs a pass for one group of all; the caller disposes what it gives. */
function atGroup(
  group: number,
  count: number,
  generator: tf.LayersModel,
  pass: (label: tf.Tensor2D) => GeneratorOutputs,
): GeneratorOutputs {
  const made: GeneratorOutputs[] = [];
  tf.tidy(() => {
    const { fake, mask } = pass(sameLabel(group, count, ageGroupsOf(generator)));
    made.push({ fake: tf.keep(fake), mask: mask && tf.keep(mask) });
  });
  return made[0] as GeneratorOutputs;
}

/** The picture alone of what a pass gives; frees its mask. */
export function pictureOf({ fake, mask }: GeneratorOutputs): tf.Tensor4D {
  mask?.dispose();
  return fake;
}

/** A generator's pictures and masks at one group, by the moving averages or the batch's own statistics; the caller disposes. */
export function showFaces(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  group: number,
  by: 'moving' | 'batch',
): GeneratorOutputs {
  const show = by === 'moving' ? byMovingAverages : byBatchStatistics;
  return atGroup(group, sources.shape[0], generator, (label) => show(generator, sources, label));
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
  return pictureOf(showFaces(generator, sources, group, 'moving'));
}

/** The same, normalised by the batch that the faces form, as training and the original's test do. */
export function ageByBatchStatistics(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  group: number,
): tf.Tensor4D {
  return pictureOf(showFaces(generator, sources, group, 'batch'));
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
  const count = 1 + companions.shape[0];
  return pictureOf(
    atGroup(group, count, generator, (label) =>
      amongCompanions(generator, source, companions, label),
    ),
  );
}

/** A generator at work on batches of faces, those of one size as one TensorFlow function from the fourth on: the same pictures. */
export interface FaceAger {
  /**
   * Faces at one group: by the moving averages, or each among the companions.
   * @param sources [N,S,S,3], RGB 0..255 minus the mean
   * @returns pictures [N,S,S,3] in [-1, 1] and masks [N,S,S,1]; the caller disposes
   */
  age(sources: tf.Tensor4D, group: number): GeneratorOutputs;
  /** Forgets the functions; generator and companions stay their owner's. */
  dispose(): void;
}

/** @param companions [N,S,S,3], whom each face is normalised with; null for the moving averages */
export function openFaceAger(generator: tf.LayersModel, companions: tf.Tensor4D | null): FaceAger {
  const compiled = compile({ label: 'ipcgan_generator', off: null }, (tensors: Tensors) => {
    const sources = tensors.sources as tf.Tensor4D;
    const others = tensors.others as tf.Tensor4D | null;
    const label = tensors.label as tf.Tensor2D;
    return {
      ...(others
        ? amongCompanions(generator, sources, others, label)
        : byMovingAverages(generator, sources, label)),
    };
  });
  const some = (sources: tf.Tensor4D, group: number, others: tf.Tensor4D | null) => {
    const count = sources.shape[0] + (others?.shape[0] ?? 0);
    const label = sameLabel(group, count, ageGroupsOf(generator));
    try {
      const call = { key: '', tensors: { sources, label, others }, numbers: {} };
      return compiled.call(call);
    } finally {
      label.dispose();
    }
  };
  const eachAmong = (sources: tf.Tensor4D, group: number, others: tf.Tensor4D) => {
    const shown: GeneratorOutputs[] = [];
    try {
      for (let i = 0; i < sources.shape[0]; i++) {
        const one: tf.Tensor4D = tf.slice(sources, [i, 0, 0, 0], [1, -1, -1, -1]);
        shown.push(some(one, group, others));
        one.dispose();
      }
      const masks = shown.flatMap(({ mask }) => mask ?? []);
      return {
        fake: tf.concat(shown.map(({ fake }) => fake)),
        mask: masks.length > 0 ? tf.concat(masks) : null,
      };
    } finally {
      for (const { fake, mask } of shown) tf.dispose(mask ? [fake, mask] : fake);
    }
  };
  return {
    age: (sources, group) =>
      companions === null ? some(sources, group, null) : eachAmong(sources, group, companions),
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

/** Masks [B,S,S,1] in 0..1, which stay, as grey pictures: white is painted over. */
export async function toMaskImages(masks: tf.Tensor4D): Promise<RgbImage[]> {
  const spread = tf.tidy(() => tf.sub<tf.Tensor4D>(tf.mul(tf.tile(masks, [1, 1, 1, 3]), 2), 1));
  try {
    return await toImages(spread);
  } finally {
    spread.dispose();
  }
}
