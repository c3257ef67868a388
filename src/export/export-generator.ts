/** @file A trained generator as a folder of its own, in fewer bits where that is asked for, with what that changes measured. */

import path from 'node:path';
import { openGenerator } from '../ageing/open-generator';
import type { OpenGenerator } from '../ageing/open-generator';
import type { tf } from '../engine/tf';
import { writeDurably } from '../files/durable-write';
import { loadWeights, namedWeights } from '../models/named-weights';
import { writeManifest } from '../weights/model-manifest';
import type { ModelManifest } from '../weights/model-manifest';
import type { WeightType } from '../weights/quantize';
import { openSavedModel, saveModel } from '../weights/saved-model';
import { measurePictures } from './measure-pictures';
import { FOR_COMMANDS, generatorCard } from './model-card';
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

/** How far the pictures of the stored weights are from those of the generator's own, shown as it was trained. */
async function measure(
  opened: OpenGenerator,
  folder: string,
  type: WeightType,
): Promise<NonNullable<ModelManifest['weights']>> {
  const stored = await reopen(opened, folder);
  try {
    return await measurePictures(opened, stored, type, opened.manifest.batch_norm);
  } finally {
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
      await writeDurably(
        path.join(temporary, MODEL_CARD),
        generatorCard(name, manifest, FOR_COMMANDS),
      );
      return manifest;
    });
    return { manifest: result, bytes, label: opened.label, isAverage: opened.isAverage };
  } finally {
    opened.dispose();
  }
}
