/** @file A pretrained perceptual network as a folder of its own, in fewer bits where that is asked for, with what that changes measured. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { concatenated, loadAlexNetImages } from '../data/batches';
import { readDataset } from '../data/dataset';
import { LIST_FILES, readList } from '../data/lists';
import { tf } from '../engine/tf';
import { UserError } from '../errors';
import { writeDurably } from '../files/durable-write';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { subtractMean } from '../images/pixels';
import { resizeBilinearLegacy } from '../images/resize';
import { buildAlexNet, runAlexNet, shapeOf } from '../models/alexnet-network';
import type { AlexNetNetwork, AlexNetShape } from '../models/alexnet-network';
import { loadWeights } from '../models/named-weights';
import type { WeightSource } from '../models/named-weights';
import { runFiles } from '../runs/run-dir';
import type { WeightType } from '../weights/quantize';
import { openSavedModel, saveModel } from '../weights/saved-model';
import { openWeights } from '../weights/weight-source';
import { drawnFaces } from './drawn-faces';
import { networkCard } from './model-card';
import { originOf } from './network-origin';
import { MODEL_CARD, writeFolder } from './write-folder';

/** What was written. */
export interface ExportedNetwork {
  /** Names of its outputs. */
  readonly outputs: readonly string[];
  /** By name: see {@link measure}. */
  readonly error: Readonly<Record<string, number>>;
  /** Of all files. */
  readonly bytes: number;
}

/** Pictures of a data set, and the age group of each. */
interface LabelledFaces {
  readonly files: readonly string[];
  readonly groups: readonly number[];
}

/** Pictures that a network sees at once. */
const BATCH = 16;

/** Outputs by name, [N,…] as rows. */
async function outputsOf(
  network: AlexNetNetwork,
  images: tf.Tensor4D,
): Promise<Map<string, Float32Array>> {
  const outputs = Object.entries(tf.tidy(() => runAlexNet(network, images)));
  const values = await Promise.all(
    outputs.map(async ([name, output]) => [name, (await output.data()) as Float32Array] as const),
  );
  tf.dispose(outputs.map(([, output]) => output));
  return new Map(values);
}

/** Root of the mean square of the difference, over that of the values. */
function relativeError(before: Float32Array, after: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (const [i, value] of before.entries()) {
    difference += (value - (after[i] ?? NaN)) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

/** Share of the faces whose age group each network names. */
async function accuracies(
  networks: readonly AlexNetNetwork[],
  { files, groups }: LabelledFaces,
): Promise<number[]> {
  const right = networks.map(() => 0);
  for (let start = 0; start < files.length; start += BATCH) {
    const names = files.slice(start, start + BATCH);
    const shape: [number, number, number, number] = [names.length, ALEXNET_SIZE, ALEXNET_SIZE, 3];
    const images = tf.tensor4d(await loadAlexNetImages(names), shape);
    for (const [k, network] of networks.entries()) {
      const largest = tf.tidy(() => tf.argMax(runAlexNet(network, images).age as tf.Tensor2D, 1));
      const answers = await largest.data();
      largest.dispose();
      for (const [i, answer] of answers.entries())
        if (answer === groups[start + i]) right[k] = (right[k] ?? 0) + 1;
    }
    images.dispose();
  }
  return right.map((count) => count / files.length);
}

/**
 * How far the stored network is from the original: of each output the relative root mean square error on drawn faces; and, where
 * there are faces with age groups, the share that each names right, `accuracy_float32` and `accuracy`.
 */
async function measure(
  original: AlexNetNetwork,
  stored: AlexNetNetwork,
  labelled: LabelledFaces | null,
): Promise<Record<string, number>> {
  const faces = await drawnFaces();
  const pixels = concatenated(
    faces.map((face) => subtractMean(resizeBilinearLegacy(face, ALEXNET_SIZE))),
  );
  const images = tf.tensor4d(pixels, [faces.length, ALEXNET_SIZE, ALEXNET_SIZE, 3]);
  const before = await outputsOf(original, images);
  const after = await outputsOf(stored, images);
  images.dispose();
  const errors = [...before].map(
    ([name, values]) =>
      [name, relativeError(values, after.get(name) ?? new Float32Array())] as const,
  );
  const [exact, rounded] = labelled ? await accuracies([original, stored], labelled) : [];
  return {
    ...Object.fromEntries(errors),
    ...(exact === undefined || rounded === undefined
      ? {}
      : { accuracy_float32: exact, accuracy: rounded }),
  };
}

/** The test part of a data set. @throws UserError where the network knows no ages, or other groups */
async function labelledFaces(
  directory: string,
  { ageGroups }: AlexNetShape,
  ageBounds: readonly number[] | undefined,
): Promise<LabelledFaces> {
  const dataset = await readDataset(directory);
  if (
    ageGroups !== dataset.ageBounds.length + 1 ||
    (ageBounds && ageBounds.join() !== dataset.ageBounds.join())
  )
    throw new UserError(
      `--data: expected age groups that end at ${ageBounds?.join(', ') ?? 'the bounds of an age classifier'}, as the network knows them, got ${dataset.ageBounds.join(', ')} in ${directory}. Leave --data out, or give the data that it was trained on.`,
    );
  const list = await readList(path.join(directory, LIST_FILES.sources('test')));
  return {
    files: list.map(({ name }) => path.join(dataset.rootFolder, name)),
    groups: list.map(({ label }) => label),
  };
}

async function open(shape: AlexNetShape, source: WeightSource): Promise<AlexNetNetwork> {
  const network = buildAlexNet(shape);
  await loadWeights(network.weights, source).catch((error: unknown) => {
    network.model.dispose();
    throw error;
  });
  return network;
}

/**
 * Writes a pretrained network, trunk and all its heads as wide as they are, as a folder: `model.json`, `weights.bin`, `config.json` on
 * who taught it, and `MODEL.md`. `train`, `pretrain` and `evaluate` open it, whatever the type.
 * @param model a pretrain run, its `model/`, or an exported network
 * @param out a directory that does not exist yet
 * @param data a prepared data set to measure an age classifier's accuracy on, or null
 * @throws UserError where there is no network, something is at `out`, or the data has other age groups; MachineError
 */
export async function exportNetwork(
  model: string,
  out: string,
  type: WeightType,
  data: string | null,
): Promise<ExportedNetwork> {
  const source = await openWeights(model, '--model');
  const shape = await shapeOf(source);
  const { ageBounds } = source;
  const labelled = data === null ? null : await labelledFaces(data, shape, ageBounds);
  const origin = await originOf(model);
  const network = await open(shape, source);
  try {
    const { result, bytes } = await writeFolder(out, async (temporary) => {
      const metadata = ageBounds ? { age_bounds: [...ageBounds] } : {};
      const trial = path.join(temporary, 'trial');
      await saveModel(network.model, trial, metadata, type);
      const stored = await open(shape, await openSavedModel(trial));
      const error = await measure(network, stored, labelled).finally(() => stored.model.dispose());
      await rm(trial, { recursive: true });
      const described = { ...metadata, weights_type: type, weights_error: error };
      await saveModel(network.model, temporary, described, type);
      const config = { task: origin.task ?? undefined, taught_by: origin.taughtBy };
      await writeDurably(runFiles(temporary).config, `${JSON.stringify(config, null, 2)}\n`);
      const name = path.basename(path.resolve(out));
      const card = networkCard(name, { type, error, ageBounds, outputs: network.outputs, origin });
      await writeDurably(path.join(temporary, MODEL_CARD), card);
      return error;
    });
    return { outputs: network.outputs, error: result, bytes };
  } finally {
    network.model.dispose();
  }
}
