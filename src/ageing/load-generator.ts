/** @file Finds and loads a trained generator: of a run, of one checkpoint, or of TensorFlow 1. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import type { tf } from '../engine/tf';
import { isSavedModel } from '../weights/find-network';
import { openSavedModel } from '../weights/saved-model';
import { isTf1Bundle, openTf1Bundle } from '../weights/tf1-bundle';
import { openTf1Weights } from '../weights/weight-source';
import { buildGenerator } from '../models/generator';
import { loadWeights, namedWeights } from '../models/named-weights';
import { DEFAULT_AGE_BOUNDS } from '../data/age-groups';
import { CHECKPOINT_PREFIX, listCheckpoints, readCheckpointState } from '../weights/checkpoint';
import { generatorOf } from './generator-settings';

/** A generator ready to use. */
export interface LoadedGenerator {
  readonly generator: tf.LayersModel;
  /** In pixels. */
  readonly imageSize: number;
  readonly ageBounds: readonly number[];
  /** Where it came from, for messages. */
  readonly label: string;
}

/** A TensorFlow 1 checkpoint does not say its image size; the original has one. */
const TF1_IMAGE_SIZE = 128;

async function loadTf1(location: string): Promise<LoadedGenerator> {
  const { entries, prefix } = await openTf1Bundle(location);
  const [, , inputs, channels] = entries.get('generator/conv1/weights')?.shape ?? [];
  if (inputs === undefined || channels === undefined) {
    throw new UserError(
      `--checkpoint_dir: expected a generator in ${prefix}, got no variable generator/conv1/weights. Use a checkpoint of GAN training.`,
    );
  }
  const ageGroups = inputs - 3;
  const generator = buildGenerator({ imageSize: TF1_IMAGE_SIZE, ageGroups, channels });
  await loadWeights(namedWeights(generator), await openTf1Weights(prefix));
  return {
    generator,
    imageSize: TF1_IMAGE_SIZE,
    ageBounds: DEFAULT_AGE_BOUNDS.slice(0, ageGroups - 1),
    label: prefix,
  };
}

async function loadCheckpoint(checkpoint: string): Promise<LoadedGenerator> {
  const { networks } = await readCheckpointState(checkpoint);
  const generator = generatorOf(networks);
  await loadWeights(
    namedWeights(generator),
    await openSavedModel(path.join(checkpoint, 'generator')),
  );
  return {
    generator,
    imageSize: networks.image_size,
    ageBounds: networks.age_bounds,
    label: checkpoint,
  };
}

/** Our checkpoints count finished steps; the original's count from zero, and so does its `--model_index`. */
function tf1AtStep(directory: string, step: number): string | null {
  const prefix = path.join(directory, `${CHECKPOINT_PREFIX}${step}`);
  return existsSync(`${prefix}.index`) ? prefix : null;
}

/**
 * Loads the generator of a run's newest checkpoint, or of the one at `step`.
 * @param location run directory, one checkpoint's directory, or a TensorFlow 1 prefix or directory
 * @throws UserError when there is none, or a variable is missing
 */
export async function loadGenerator(
  location: string,
  step: number | null,
): Promise<LoadedGenerator> {
  if (isSavedModel(path.join(location, 'generator'))) {
    const own = (await readCheckpointState(location)).step;
    if (step !== null && step !== own)
      throw new UserError(
        `--step: expected ${own}, the step of ${location}, or nothing, got ${step}. Name the run instead.`,
      );
    return loadCheckpoint(location);
  }
  const steps = await listCheckpoints(location);
  if (steps.length > 0) {
    const wanted = step ?? steps.at(-1) ?? 0;
    if (!steps.includes(wanted))
      throw new UserError(
        `--step: expected one of ${steps.join(', ')} in ${location}, got ${wanted}.`,
      );
    return loadCheckpoint(path.join(location, `${CHECKPOINT_PREFIX}${wanted}`));
  }
  const atStep = step === null ? null : tf1AtStep(location, step);
  if (atStep !== null) return loadTf1(atStep);
  if (isTf1Bundle(location) && step === null) return loadTf1(location);
  const what = existsSync(location)
    ? `no checkpoint${step === null ? '' : ` of step ${step}`} in ${location}`
    : `${location}, which does not exist`;
  throw new UserError(
    `--checkpoint_dir: expected a run, a checkpoint, or a TensorFlow 1 checkpoint, got ${what}. Train one with \`ipcgan train\`.`,
  );
}
