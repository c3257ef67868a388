/** @file A trained generator as a folder of its own, in fewer bits where that is asked for, with what that changes measured. */

import path from 'node:path';
import { showFaces } from '../ageing/age-faces';
import { openGenerator } from '../ageing/open-generator';
import type { OpenGenerator } from '../ageing/open-generator';
import { concatenated } from '../data/batches';
import { tf } from '../engine/tf';
import { writeDurably } from '../files/durable-write';
import { HALF_RANGE } from '../images/pixel-range';
import { subtractMean } from '../images/pixels';
import { resizeOpenCv } from '../images/resize';
import { loadWeights, namedWeights } from '../models/named-weights';
import { writeManifest } from '../weights/model-manifest';
import type { ModelManifest } from '../weights/model-manifest';
import type { WeightType } from '../weights/quantize';
import { openSavedModel, saveModel } from '../weights/saved-model';
import { drawnFaces } from './drawn-faces';
import { generatorCard } from './model-card';
import { MODEL_CARD, writeFolder } from './write-folder';

/** What was written. */
export interface ExportedGenerator {
  readonly manifest: ModelManifest;
  /** Of all files. */
  readonly bytes: number;
  /** Where it came from. */
  readonly label: string;
  /** Whether its weights are the moving average that training kept. */
  readonly isAverage: boolean;
}

/** Pictures of the drawn faces at every group, one group after the other; each [N,S,S,3] in [-1, 1]. */
async function picturesOf(
  generator: tf.LayersModel,
  sources: tf.Tensor4D,
  { age_groups: groups, batch_norm: by }: ModelManifest,
): Promise<Float32Array[]> {
  const pictures: Float32Array[] = [];
  for (const group of groups.keys()) {
    const { fake, mask } = showFaces(generator, sources, group, by);
    pictures.push((await fake.data()) as Float32Array);
    tf.dispose(mask ? [fake, mask] : fake);
  }
  return pictures;
}

/** The stored weights in a generator of the same shape. */
async function reopen(
  { record, imageSize, manifest }: OpenGenerator,
  folder: string,
): Promise<tf.LayersModel> {
  const generator = record.build({
    imageSize,
    ageGroups: manifest.age_groups.length,
    channels: manifest.generator.channels,
    upsampling: manifest.generator.upsampling,
    labelScale: manifest.label_scale,
  });
  await loadWeights(namedWeights(generator), await openSavedModel(folder));
  return generator;
}

/** How far the pictures of the stored weights are from those of the generator's own. */
async function measure(
  opened: OpenGenerator,
  folder: string,
  type: WeightType,
): Promise<NonNullable<ModelManifest['weights']>> {
  const { imageSize, manifest } = opened;
  const faces = await drawnFaces();
  const pixels = concatenated(faces.map((face) => subtractMean(resizeOpenCv(face, imageSize))));
  const sources = tf.tensor4d(pixels, [faces.length, imageSize, imageSize, 3]);
  const stored = await reopen(opened, folder);
  try {
    const before = await picturesOf(opened.generator, sources, manifest);
    const after = await picturesOf(stored, sources, manifest);
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
    stored.dispose();
  }
}

/**
 * Writes the generator that {@link openGenerator} finds as a folder that explains itself: `model.json`, `weights.bin`, `ipcgan.json`
 * and `MODEL.md`. Of a checkpoint with a moving average it takes that. `openAger`, the commands and TensorFlow.js' `loadLayersModel` open it, whatever the type.
 * @param model a model's folder, a run, one of its checkpoints, or a TensorFlow 1 checkpoint
 * @param out a directory that does not exist yet
 * @throws UserError where there is no generator, something is at `out`, or the type has not the weights; MachineError
 */
export async function exportGenerator(
  model: string,
  out: string,
  type: WeightType,
): Promise<ExportedGenerator> {
  const opened = await openGenerator(model, { flag: '--model' });
  try {
    const { result, bytes } = await writeFolder(out, async (temporary) => {
      await saveModel(opened.generator, temporary, {}, type);
      const weights = await measure(opened, temporary, type);
      const manifest = { ...opened.manifest, weights };
      await writeManifest(temporary, manifest);
      const name = path.basename(path.resolve(out));
      await writeDurably(path.join(temporary, MODEL_CARD), generatorCard(name, manifest));
      return manifest;
    });
    return { manifest: result, bytes, label: opened.label, isAverage: opened.isAverage };
  } finally {
    opened.dispose();
  }
}
