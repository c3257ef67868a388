/** @file A trained generator as a folder for programs without ours: stock layers of TensorFlow.js, or ONNX. */

import path from 'node:path';
import { openGenerator } from '../ageing/open-generator';
import type { OpenGenerator } from '../ageing/open-generator';
import { tf } from '../engine/tf';
import { writeDurably } from '../files/durable-write';
import { writeManifest } from '../weights/model-manifest';
import type { ForeignForm, ModelManifest } from '../weights/model-manifest';
import type { WeightType } from '../weights/quantize';
import { saveModel } from '../weights/saved-model';
import type { ExportedGenerator } from './export-generator';
import { measurePictures } from './measure-pictures';
import { FOR_ONNX, FOR_TENSORFLOW_JS, generatorCard } from './model-card';
import { toOnnx } from './onnx/write-onnx';
import { withStockLayers } from './stock-layers';
import { MODEL_CARD, writeFolder } from './write-folder';

/** Name of the file of ONNX. */
export const ONNX_FILE = 'generator.onnx';

const AS_LAYERS = { form: 'layers', use: FOR_TENSORFLOW_JS } as const;
const AS_ONNX = { form: 'onnx', use: FOR_ONNX } as const;

/** The generator by its moving averages, of stock layers alone; the caller disposes. */
function stockOf({ generator, record }: OpenGenerator): tf.LayersModel {
  const folded = record.fold(generator);
  try {
    return withStockLayers(folded);
  } finally {
    if (folded !== generator) folded.dispose();
  }
}

/** Writes a folder of a generator by its moving averages. @param write writes the network, and gives the manifest with what it adds to it */
async function exportStock(
  model: string,
  out: string,
  { form, use }: { readonly form: ForeignForm; readonly use: readonly string[] },
  write: (
    stock: tf.LayersModel,
    folder: string,
    facts: ModelManifest,
    opened: OpenGenerator,
  ) => Promise<ModelManifest>,
): Promise<ExportedGenerator> {
  const opened = await openGenerator(model, { flag: '--model' });
  const stock = stockOf(opened);
  // how the model's own folder stores its weights is nothing to this one
  const facts: ModelManifest = { ...opened.manifest, batch_norm: 'moving', form };
  delete facts.weights;
  try {
    const { result, bytes } = await writeFolder(out, async (temporary) => {
      const manifest = await write(stock, temporary, facts, opened);
      await writeManifest(temporary, manifest);
      const name = path.basename(path.resolve(out));
      await writeDurably(path.join(temporary, MODEL_CARD), generatorCard(name, manifest, use));
      return manifest;
    });
    return { manifest: result, bytes, label: opened.label, isAverage: opened.isAverage };
  } finally {
    stock.dispose();
    opened.dispose();
  }
}

/**
 * Writes the generator's layers by their moving averages, in stock layers alone: `tf.loadLayersModel` opens the folder in node and in a
 * browser without code of ours. Inputs `source` and `label`, outputs `fake` and `mask`: see stock-layers.ts.
 * @param model a model's folder, a run, one of its checkpoints, or a TensorFlow 1 checkpoint
 * @param out a directory that does not exist yet
 * @throws UserError where there is no generator, something is at `out`, or the type has not the weights; MachineError
 */
export const exportLayers = (
  model: string,
  out: string,
  type: WeightType,
): Promise<ExportedGenerator> =>
  exportStock(model, out, AS_LAYERS, async (stock, folder, facts, opened) => {
    await saveModel(stock, folder, {}, type);
    const stored = await tf.loadLayersModel(`file://${folder}/model.json`);
    try {
      return { ...facts, weights: await measurePictures(opened, stored, type, 'moving') };
    } finally {
      stored.dispose();
    }
  });

/**
 * Writes the generator by its moving averages as `generator.onnx`, with the same inputs and outputs as {@link exportLayers}, in float32.
 * @param model as there
 * @param out a directory that does not exist yet
 * @throws UserError where there is no generator, or something is at `out`; MachineError
 */
export const exportOnnx = (model: string, out: string): Promise<ExportedGenerator> =>
  exportStock(model, out, AS_ONNX, async (stock, folder, facts) => {
    await writeDurably(path.join(folder, ONNX_FILE), toOnnx(stock, facts));
    return facts;
  });
