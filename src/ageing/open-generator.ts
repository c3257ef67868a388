/** @file Finds and opens a trained generator: a model's folder, a run, one of its checkpoints, or a checkpoint of TensorFlow 1. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ageGroupNames, DEFAULT_AGE_BOUNDS } from '../data/age-groups';
import { UNKNOWN_LICENCE } from '../data/licences';
import type { tf } from '../engine/tf';
import { UserError } from '../errors';
import type { GeneratorRecord, Upsampling } from '../models/generator-record';
import { generatorOfKind, GENERATORS } from '../models/generators';
import { loadWeights, namedWeights } from '../models/named-weights';
import type { WeightSource } from '../models/named-weights';
import { readKnownConfig } from '../runs/known-config';
import { CHECKPOINT_PREFIX, listCheckpoints, readCheckpointState } from '../weights/checkpoint';
import { GENERATOR, GENERATOR_AVERAGE, isSavedModel } from '../weights/find-network';
import { boundsOf, MODEL_MANIFEST, readManifestOf, toManifest } from '../weights/model-manifest';
import type { ModelManifest } from '../weights/model-manifest';
import { openSavedModel } from '../weights/saved-model';
import { isTf1Bundle, openTf1Bundle } from '../weights/tf1-bundle';
import { generatorShapeOf, openTf1Weights } from '../weights/weight-source';

/** How batch norm is taken: by the moving averages, or by the batch. */
export type BatchNormBy = 'moving' | 'batch';

/** Which weights of a checkpoint: the moving average of the generator where there is one, always that, or those of the last step. */
export type WeightChoice = 'auto' | 'average' | 'last';

/** A generator ready to use. */
export interface OpenGenerator {
  /** As it was trained; {@link OpenGenerator.dispose} frees it. */
  readonly generator: tf.LayersModel;
  readonly record: GeneratorRecord;
  /** In pixels. */
  readonly imageSize: number;
  /** Last year of every group but the oldest. */
  readonly ageBounds: readonly number[];
  /** Of its age groups, the youngest first. */
  readonly groupNames: readonly string[];
  /** How it is to be shown, as it was trained; null where nobody knows. */
  readonly shownBy: BatchNormBy | null;
  /** What it says of itself, or, where it says nothing, what is known of it. */
  readonly manifest: ModelManifest;
  /** Where it came from, for messages. */
  readonly label: string;
  /** Whether its weights are a moving average, which training saved beside those of the last step. */
  readonly isAverage: boolean;
  dispose(): void;
}

/** Which of a run's generators, and what a checkpoint of TensorFlow 1 does not say of its own. */
export interface OpenGeneratorSettings {
  /** Step of the checkpoint; the newest when absent or null. */
  readonly step?: number | null;
  /** Which weights of a checkpoint; `auto` when absent. */
  readonly generatorWeights?: WeightChoice;
  /** Last year of every group but the oldest, where the generator does not say them; must be the same where it does. */
  readonly ageBounds?: readonly number[] | null;
  /** Kinds that may be opened, beside our own. */
  readonly kinds?: readonly GeneratorRecord[];
  /** What gave the location, for errors; `--checkpoint_dir` when absent. */
  readonly flag?: string;
}

const FLAG = '--checkpoint_dir';

/** A TensorFlow 1 checkpoint does not say its image size; the original has one. */
const TF1_IMAGE_SIZE = 128;

/** What is worth saying where a generator is shown otherwise than it was trained; null where nothing is. */
export const noteOnBatchNorm = (
  { shownBy }: Pick<OpenGenerator, 'shownBy'>,
  used: BatchNormBy,
): string | null =>
  shownBy === 'batch' && used === 'moving'
    ? 'note: trained with a label a batch (--labels=batch); --batch_norm=batch shows it as it was trained'
    : null;

/** What a generator is opened from. */
interface Described {
  readonly record: GeneratorRecord;
  readonly imageSize: number;
  readonly channels: number;
  readonly upsampling: Upsampling;
  readonly labelScale: number;
  readonly ageBounds: readonly number[];
  /** Absent where it does not say them. */
  readonly groupNames?: readonly string[];
  readonly shownBy: BatchNormBy | null;
  /** Null where it has none. */
  readonly manifest: ModelManifest | null;
  readonly step: number | null;
  readonly label: string;
  readonly isAverage: boolean;
  readonly weights: WeightSource;
}

/** What is known of a generator that does not say it itself. */
const manifestOf = (described: Described): ModelManifest =>
  toManifest({
    generator: {
      kind: described.record.kind,
      channels: described.channels,
      upsampling: described.upsampling,
    },
    imageSize: described.imageSize,
    ageBounds: described.ageBounds,
    groupNames: described.groupNames ?? ageGroupNames(described.ageBounds),
    labelScale: described.labelScale,
    batchNorm: described.shownBy ?? 'moving',
    step: described.step,
    trainedOn: null,
    licence: UNKNOWN_LICENCE,
    figures: {},
  });

/** Of the first layer of every kind of ours, [7, 7, 3 + groups, channels]. */
const FIRST_WEIGHTS = 'generator/conv1/weights';
/** Pixels of a side, of which a picture takes memory by the square. */
const LARGEST_IMAGE = 4096;

/** Compares what a generator of ours says of its size with its weights, before memory is taken for it. @throws UserError */
async function checkSize({
  record,
  imageSize,
  channels,
  ageBounds,
  weights,
  label,
}: Described): Promise<void> {
  if (!GENERATORS.some(({ kind }) => kind === record.kind)) return;
  const wrong = (expected: string, got: string): UserError =>
    new UserError(`${label}: expected ${expected}, got ${got}. Copy the model again.`);
  if (!(imageSize > 0 && imageSize % 4 === 0 && imageSize <= LARGEST_IMAGE))
    throw wrong(`pictures of a multiple of 4 up to ${LARGEST_IMAGE} pixels`, String(imageSize));
  if (!weights.names.has(FIRST_WEIGHTS)) throw wrong(`weights ${FIRST_WEIGHTS}`, 'none');
  const [, , inputs = 0, outputs] = (await weights.read(FIRST_WEIGHTS)).shape;
  const groups = ageBounds.length + 1;
  if (inputs !== groups + 3 || outputs !== channels)
    throw wrong(
      `weights of ${groups} age groups and ${channels} channels, as it says`,
      `${inputs - 3} and ${outputs ?? 'none'}`,
    );
}

async function build(described: Described): Promise<OpenGenerator> {
  const { record, imageSize, channels, upsampling, labelScale, ageBounds, weights, ...about } =
    described;
  await checkSize(described);
  const manifest = described.manifest ?? manifestOf(described);
  const generator = record.build({
    imageSize,
    ageGroups: ageBounds.length + 1,
    channels,
    labelScale,
    upsampling,
  });
  try {
    await loadWeights(namedWeights(generator), weights);
  } catch (error) {
    generator.dispose();
    throw error;
  }
  const dispose = (): void => void generator.dispose();
  const groupNames = manifest.age_groups.map(({ name }) => name);
  return { generator, record, imageSize, ageBounds, ...about, manifest, groupNames, dispose };
}

const recordOf = (kind: string, kinds: readonly GeneratorRecord[], from: string): GeneratorRecord =>
  kinds.find((one) => one.kind === kind) ?? generatorOfKind(kind, from);

/** The bounds of a TensorFlow 1 generator: given, or the original's where it has as many groups. @throws UserError */
export function boundsOfTf1(
  ageGroups: number,
  given: readonly number[] | null,
  prefix: string,
): readonly number[] {
  const wanted = ageGroups - 1;
  const bounds = given ?? (wanted === DEFAULT_AGE_BOUNDS.length ? DEFAULT_AGE_BOUNDS : null);
  if (bounds?.length === wanted) return bounds;
  throw new UserError(
    `--age_bounds: expected the last years of ${wanted} of the ${ageGroups} age groups of ${prefix}, which does not say them, got ${bounds === null ? 'nothing' : bounds.join(',')}. Give --age_bounds=LAST,LAST,… as it was trained.`,
  );
}

function checkBounds(own: readonly number[], given: readonly number[] | null, from: string): void {
  if (given === null || own.join() === given.join()) return;
  throw new UserError(
    `--age_bounds: expected ${own.join(',')} as ${from} says, got ${given.join(',')}. Leave it out.`,
  );
}

/** Settings of runs of 0.1, whose generators do not say how they are to be shown. */
const labelsSchema = z.object({ labels: z.string().default('batch') });

/** How a generator without a manifest is to be shown, by the config of its run; null where that is not there. */
async function shownByOf(checkpoint: string): Promise<BatchNormBy | null> {
  for (const directory of [checkpoint, path.dirname(checkpoint)]) {
    const config = await readKnownConfig(directory, labelsSchema);
    if (config) return config.labels === 'picture' ? 'moving' : 'batch';
  }
  return null;
}

/** A folder with model.json. @param checkpoint what it is part of, where it is */
async function describeFolder(
  folder: string,
  checkpoint: string | null,
  { ageBounds = null, kinds = [], flag = FLAG }: OpenGeneratorSettings,
): Promise<Described> {
  const label = checkpoint ?? folder;
  const isAverage = path.basename(folder) === GENERATOR_AVERAGE;
  const manifest = await readManifestOf(folder);
  if (manifest?.form)
    throw new UserError(
      `${flag}: expected a model in the form \`model\`, got ${folder}, which was written for other programs with --to=${manifest.form}. Name what it was exported from.`,
    );
  const weights = await openSavedModel(folder);
  if (manifest) {
    const own = boundsOf(manifest);
    checkBounds(own, ageBounds, label);
    const { kind, channels, upsampling } = manifest.generator;
    return {
      record: recordOf(kind, kinds, path.join(folder, MODEL_MANIFEST)),
      imageSize: manifest.image_size,
      channels,
      upsampling,
      labelScale: manifest.label_scale,
      ageBounds: own,
      groupNames: manifest.age_groups.map(({ name }) => name),
      shownBy: manifest.batch_norm,
      manifest,
      step: manifest.step,
      label,
      isAverage,
      weights,
    };
  }
  // a checkpoint of 0.1 says it all in state.json
  const home = checkpoint ?? path.dirname(folder);
  if (!existsSync(path.join(home, 'state.json')))
    throw new UserError(
      `${flag}: expected ${MODEL_MANIFEST} beside the network in ${folder}, got none. Copy the whole folder of the model.`,
    );
  const { networks, step } = await readCheckpointState(home);
  checkBounds(networks.age_bounds, ageBounds, label);
  return {
    record: recordOf(networks.generator, kinds, path.join(home, 'state.json')),
    imageSize: networks.image_size,
    channels: networks.generator_channels,
    upsampling: networks.upsampling,
    labelScale: networks.label_scale,
    ageBounds: networks.age_bounds,
    shownBy: await shownByOf(home),
    manifest: null,
    step,
    label,
    isAverage,
    weights,
  };
}

async function describeTf1(
  location: string,
  { ageBounds = null, flag = FLAG }: OpenGeneratorSettings,
): Promise<Described> {
  const bundle = await openTf1Bundle(location);
  const { prefix } = bundle;
  const shape = generatorShapeOf(bundle);
  if (shape === null)
    throw new UserError(
      `${flag}: expected a generator in ${prefix}, got no variable generator/conv1/weights. Use a checkpoint of GAN training.`,
    );
  return {
    record: GENERATORS[0],
    imageSize: TF1_IMAGE_SIZE,
    channels: shape.channels,
    upsampling: 'transposed',
    labelScale: 1,
    ageBounds: boundsOfTf1(shape.ageGroups, ageBounds, prefix),
    shownBy: 'batch',
    manifest: null,
    step: bundle.step === null ? null : bundle.step + 1,
    label: prefix,
    isAverage: false,
    weights: await openTf1Weights(prefix),
  };
}

/** Where a generator lies. */
export type FoundGenerator =
  | { readonly kind: 'folder'; readonly folder: string; readonly checkpoint: string | null }
  | { readonly kind: 'tf1'; readonly location: string };

/** Our checkpoints count finished steps; the original's count from zero, and so does its `--model_index`. */
function tf1AtStep(directory: string, step: number): string | null {
  const prefix = path.join(directory, `${CHECKPOINT_PREFIX}${step}`);
  return existsSync(`${prefix}.index`) ? prefix : null;
}

/** The chosen network of a checkpoint. @throws UserError where it has no average, and one is asked for */
function findInCheckpoint(checkpoint: string, choice: WeightChoice): FoundGenerator {
  const average = path.join(checkpoint, GENERATOR_AVERAGE);
  const isThere = isSavedModel(average);
  if (choice === 'average' && !isThere)
    throw new UserError(
      `--generator_weights: expected a moving average in ${checkpoint}, got none. Use --generator_weights=last, or train with --ema.`,
    );
  const isShown = isThere && choice !== 'last';
  return {
    kind: 'folder',
    folder: isShown ? average : path.join(checkpoint, GENERATOR),
    checkpoint,
  };
}

/** @throws UserError where one of several weights is asked for, and there is no choice */
function expectNoChoice(choice: WeightChoice, location: string): void {
  if (choice !== 'auto')
    throw new UserError(
      `--generator_weights: expected it with a run or a checkpoint of ipcgan, got ${choice} with ${location}, which holds one generator. Leave it out.`,
    );
}

/** The one at a step of a run, the newest where it is null; null where the directory is no run. @throws UserError */
async function findInRun(
  location: string,
  step: number | null,
  choice: WeightChoice,
): Promise<FoundGenerator | null> {
  const steps = await listCheckpoints(location);
  if (steps.length === 0) return null;
  const wanted = step ?? steps.at(-1) ?? 0;
  if (!steps.includes(wanted))
    throw new UserError(
      `--step: expected one of ${steps.join(', ')} in ${location}, got ${wanted}.`,
    );
  const checkpoint = path.join(location, `${CHECKPOINT_PREFIX}${wanted}`);
  return findInCheckpoint(checkpoint, choice);
}

/**
 * Finds a generator without opening it, so that a wrong path is said before the engine loads.
 * @param location a model's folder, a run, one checkpoint's directory, or a TensorFlow 1 prefix or directory
 * @param settings its flag is named in errors
 * @throws UserError when there is none, or no average where one is asked for
 */
export async function findGenerator(
  location: string,
  {
    step = null,
    generatorWeights: choice = 'auto',
    flag = FLAG,
  }: Pick<OpenGeneratorSettings, 'step' | 'generatorWeights' | 'flag'> = {},
): Promise<FoundGenerator> {
  if (isSavedModel(path.join(location, GENERATOR))) {
    const own = existsSync(path.join(location, 'state.json'))
      ? (await readCheckpointState(location)).step
      : null;
    if (step !== null && step !== own)
      throw new UserError(
        `--step: expected ${own ?? 'no step'}, the step of ${location}, or nothing, got ${step}. Name the run instead.`,
      );
    return findInCheckpoint(location, choice);
  }
  if (isSavedModel(location)) {
    if (step !== null)
      throw new UserError(
        `--step: expected it with a run, got ${step} with ${location}, one model. Leave it out.`,
      );
    expectNoChoice(choice, location);
    return { kind: 'folder', folder: location, checkpoint: null };
  }
  const inRun = await findInRun(location, step, choice);
  if (inRun) return inRun;
  const atStep = step === null ? null : tf1AtStep(location, step);
  const tf1 = atStep ?? (isTf1Bundle(location) && step === null ? location : null);
  if (tf1 !== null) {
    expectNoChoice(choice, tf1);
    return { kind: 'tf1', location: tf1 };
  }
  const what = existsSync(location)
    ? `no checkpoint${step === null ? '' : ` of step ${step}`} in ${location}`
    : `${location}, which does not exist`;
  throw new UserError(
    `${flag}: expected a run, a checkpoint, or a TensorFlow 1 checkpoint, got ${what}. Train one with \`ipcgan train\`.`,
  );
}

/**
 * Opens the generator of a model's folder, of a run's newest checkpoint, or of the one at `step`.
 * @param location a model's folder, a run, one checkpoint's directory, or a TensorFlow 1 prefix or directory
 * @throws UserError when there is none, a variable is missing, or nobody says its age groups
 */
export async function openGenerator(
  location: string,
  settings: OpenGeneratorSettings = {},
): Promise<OpenGenerator> {
  const found = await findGenerator(location, settings);
  return build(
    found.kind === 'tf1'
      ? await describeTf1(found.location, settings)
      : await describeFolder(found.folder, found.checkpoint, settings),
  );
}
