/** @file Checkpoints: everything that continuing a run needs, written whole or not at all. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { tf } from '../engine/tf';
import { UserError } from '../errors';
import { replaceFile } from '../files/durable-write';
import { NewerFileError } from '../files/format-version';
import { moveDirectory, writeWhole } from '../files/whole-directory';
import { loadWeights, namedWeights } from '../models/named-weights';
import {
  CHECKPOINT_PREFIX,
  CHECKPOINT_STATE_FORMAT,
  listCheckpointFolders,
  listCheckpoints,
  OPTIMIZERS,
  OTHER_CHECKPOINT,
  POINTER,
  readCheckpointState,
} from '../weights/checkpoint';
import type { CheckpointState } from '../weights/checkpoint';
import { GENERATOR_AVERAGE } from '../weights/find-network';
import type { ModelManifest } from '../weights/model-manifest';
import { openSavedModel } from '../weights/saved-model';
import { restoreArrays, writeTrainingState } from '../weights/training-state';
import type { Optimizers } from './step';

/** How many of the newest stay resumable; older ones keep the generator alone. */
const RESUMABLE = 2;

/** A run's moving parts, to be saved or restored. */
export interface TrainedParts {
  readonly generator: tf.LayersModel;
  readonly discriminator: tf.LayersModel;
  /** Of the generator; null in a run without. */
  readonly average: tf.LayersModel | null;
  readonly optimizers: Optimizers;
}

/** What is saved beside them. */
export interface SavedAt extends Pick<CheckpointState, 'step' | 'networks' | 'judges'> {
  readonly sampler: unknown;
  /** What the generator says of itself. */
  readonly manifest: ModelManifest;
  /** How many of the newest checkpoints stay. */
  readonly keep: number;
  /** Those whose step is a multiple of it stay, too; 0 for none. */
  readonly keepEvery: number;
}

/** The moments of both optimisers, in the order of their file. */
const momentsOf = ({ discriminator, generator }: Optimizers): Map<string, tf.Variable> =>
  new Map(
    Object.entries({ discriminator, generator }).flatMap(([name, { slots }]) =>
      [...slots].map(([slot, variable]) => [`${name}/${slot}`, variable] as const),
    ),
  );

/**
 * Writes `acgan.model-<step>/` beside its final place and moves it there; then the pointer; then old ones beyond `keep` go.
 * @returns its path
 * @throws MachineError when the disk is full or cannot be written; nothing half-written stays
 */
export async function saveCheckpoint(
  directory: string,
  { generator, discriminator, average, optimizers }: TrainedParts,
  { keep, keepEvery, manifest, ...at }: SavedAt,
): Promise<string> {
  const { step } = at;
  const name = `${CHECKPOINT_PREFIX}${step}`;
  const target = path.join(directory, name);
  // the run is locked: one name is enough, and a killed process's remains go with the next attempt
  const temporary = path.join(directory, '.checkpoint.tmp');
  const updates = {
    discriminator: optimizers.discriminator.updates,
    generator: optimizers.generator.updates,
  };
  await writeWhole({ target, temporary, what: 'a checkpoint' }, async () => {
    const networks = {
      generator: { model: generator, manifest },
      discriminator: { model: discriminator },
      ...(average && { [GENERATOR_AVERAGE]: { model: average, manifest } }),
    };
    const arrays = momentsOf(optimizers);
    await writeTrainingState(
      temporary,
      { networks, arrays, arraysFile: OPTIMIZERS },
      { format: CHECKPOINT_STATE_FORMAT, ...at, updates },
    );
    // only a run resumed before this step finds one here, and writes the same again
    await rm(target, { recursive: true, force: true });
    await moveDirectory(temporary, target);
    await replaceFile(path.join(directory, POINTER), `${JSON.stringify({ latest: name, step })}\n`);
  });
  await prune(directory, step, { keep, keepEvery });
  return target;
}

async function prune(
  directory: string,
  latest: number,
  { keep, keepEvery }: Pick<SavedAt, 'keep' | 'keepEvery'>,
): Promise<void> {
  const steps = (await listCheckpoints(directory)).filter((step) => step <= latest).reverse();
  for (const [age, step] of steps.entries()) {
    const checkpoint = path.join(directory, `${CHECKPOINT_PREFIX}${step}`);
    const isKept = age < keep || (keepEvery > 0 && step % keepEvery === 0);
    if (!isKept) await rm(checkpoint, { recursive: true, force: true });
    else if (age >= RESUMABLE) {
      await rm(path.join(checkpoint, OPTIMIZERS), { force: true });
      await rm(path.join(checkpoint, 'discriminator'), { recursive: true, force: true });
    }
  }
}

/** Puts networks and optimisers back as they were when the checkpoint was saved. @throws UserError when anything is missing or damaged */
async function restoreCheckpoint(
  checkpoint: string,
  { generator, discriminator, average, optimizers }: TrainedParts,
): Promise<CheckpointState> {
  const state = await readCheckpointState(checkpoint);
  const parts = { arrays: momentsOf(optimizers), arraysFile: OPTIMIZERS };
  await restoreArrays(checkpoint, state.files, parts, OTHER_CHECKPOINT);
  const networks = {
    generator,
    discriminator,
    ...(average && { [GENERATOR_AVERAGE]: average }),
  };
  for (const [name, model] of Object.entries(networks))
    await loadWeights(namedWeights(model), await openSavedModel(path.join(checkpoint, name)));
  optimizers.discriminator.updates = state.updates.discriminator;
  optimizers.generator.updates = state.updates.generator;
  return state;
}

/** A run that was put back. */
export interface RestoredRun {
  readonly checkpoint: string;
  readonly state: CheckpointState;
  /** What is wrong with newer checkpoints, which cannot be used; a line each. */
  readonly damaged: readonly string[];
}

/**
 * Puts a run back where its newest intact checkpoint is; those that are damaged stay as they are.
 * @returns null where there is no checkpoint
 * @throws UserError where there are some, and none is intact, NewerFileError for one that a newer program wrote; MachineError where one cannot be read now
 */
export async function restoreNewest(
  directory: string,
  parts: TrainedParts,
): Promise<RestoredRun | null> {
  const damaged: UserError[] = [];
  for (const step of (await listCheckpointFolders(directory)).reverse()) {
    const checkpoint = path.join(directory, `${CHECKPOINT_PREFIX}${step}`);
    try {
      const state = await restoreCheckpoint(checkpoint, parts);
      return { checkpoint, state, damaged: damaged.map(({ message }) => message) };
    } catch (error) {
      // a run of a newer program is not continued by an older one
      if (!(error instanceof UserError) || error instanceof NewerFileError) throw error;
      damaged.push(error);
    }
  }
  const [newest, ...older] = damaged;
  if (!newest) return null;
  throw older.length === 0
    ? newest
    : new UserError(`${newest.message} None of ${older.length} older ones can be resumed either.`, {
        cause: newest,
      });
}
