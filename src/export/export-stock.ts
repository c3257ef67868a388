/** @file A trained generator as a folder for programs without ours: stock layers of TensorFlow.js, ONNX, or a page. */

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
import { FOR_BROWSERS, FOR_ONNX, FOR_TENSORFLOW_JS, generatorCard } from './model-card';
import { toOnnx } from './onnx/write-onnx';
import { copyPage, finishPage, MODEL_HOME } from './page-files';
import { withStockLayers } from './stock-layers';
import { MODEL_CARD, writeFolder } from './write-folder';

/** Name of the file of ONNX. */
export const ONNX_FILE = 'generator.onnx';

/** How a form's folder is laid out, and what its card says. */
interface Layout {
  readonly form: ForeignForm;
  /** Folder of the network and its manifest, in that of the export. */
  readonly home: string;
  readonly use: readonly string[];
  /** Writes what needs all other files. @param folder of the export @param model where the generator came from */
  readonly finish?: (folder: string, model: string) => Promise<void>;
}

const AS_LAYERS: Layout = { form: 'layers', home: '', use: FOR_TENSORFLOW_JS };
const AS_ONNX: Layout = { form: 'onnx', home: '', use: FOR_ONNX };
const AS_PAGE: Layout = {
  form: 'web',
  home: MODEL_HOME,
  use: FOR_BROWSERS,
  finish: finishPage,
};

/** The generator by its moving averages, of stock layers alone; the caller disposes. */
function stockOf({ generator, record }: OpenGenerator): tf.LayersModel {
  const folded = record.fold(generator);
  try {
    return withStockLayers(folded);
  } finally {
    if (folded !== generator) folded.dispose();
  }
}

/** Writes a folder of a generator by its moving averages. @param write writes the network into its folder, and gives the manifest with what it adds to it */
async function exportStock(
  model: string,
  out: string,
  { form, home, use, finish }: Layout,
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
      const network = path.join(temporary, home);
      const manifest = await write(stock, network, facts, opened);
      await writeManifest(network, manifest);
      const name = path.basename(path.resolve(out));
      await writeDurably(path.join(temporary, MODEL_CARD), generatorCard(name, manifest, use));
      await finish?.(temporary, model);
      return manifest;
    });
    return { manifest: result, bytes, label: opened.label, isAverage: opened.isAverage };
  } finally {
    stock.dispose();
    opened.dispose();
  }
}

/** Saves stock layers, and measures what the type changed. */
async function writeLayers(
  stock: tf.LayersModel,
  folder: string,
  facts: ModelManifest,
  opened: OpenGenerator,
  type: WeightType,
): Promise<ModelManifest> {
  await saveModel(stock, folder, {}, type);
  const stored = await tf.loadLayersModel(`file://${folder}/model.json`);
  try {
    return { ...facts, weights: await measurePictures(opened, stored, type, 'moving') };
  } finally {
    stored.dispose();
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
  exportStock(model, out, AS_LAYERS, (stock, folder, facts, opened) =>
    writeLayers(stock, folder, facts, opened, type),
  );

/**
 * Writes a page that shows the faces of photographs at other ages in the browser, without a server that computes: its files, those of the
 * face finder, and in `model/` what {@link exportLayers} writes.
 * @param model as there
 * @param out a directory that does not exist yet; any web server that serves files serves it
 * @throws UserError where there is no generator, something is at `out`, or the type has not the weights; MachineError
 */
export const exportPage = (
  model: string,
  out: string,
  type: WeightType,
): Promise<ExportedGenerator> =>
  exportStock(model, out, AS_PAGE, async (stock, folder, facts, opened) => {
    const manifest = await writeLayers(stock, folder, facts, opened, type);
    await copyPage(path.dirname(folder));
    return manifest;
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
