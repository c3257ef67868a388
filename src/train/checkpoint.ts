/** @file Checkpoints: everything that continuing a run needs, written whole or not at all. */

import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import type { tf } from '../engine/tf';
import { openSavedModel, saveModel, writeDurably } from '../weights/saved-model';
import type { FileDigest, FileDigests } from '../weights/saved-model';
import { loadWeights, namedWeights } from '../models/named-weights';
import type { Adam } from '../optimizers/adam';
import { replaceFile } from '../files/replace-file';
import type { Optimizers } from './train-step';
import { writeWhole } from '../files/whole-directory';
import {
  CHECKPOINT_PREFIX,
  STATE,
  OPTIMIZERS,
  CHECKPOINT_STATE_FORMAT,
  listCheckpoints,
  otherThan,
  readCheckpointState,
} from '../weights/checkpoint';
import type { CheckpointState } from '../weights/checkpoint';

/** Names the newest whole checkpoint of a run, for people and other programs. */
const POINTER = 'checkpoint.json';

/** How many of the newest stay resumable; older ones keep the generator alone. */
const RESUMABLE = 2;

/** A run's moving parts, to be saved or restored. */
export interface TrainedParts {
  readonly generator: tf.LayersModel;
  readonly discriminator: tf.LayersModel;
  readonly optimizers: Optimizers;
}

const asBytes = (values: Float32Array): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);

async function saveOptimizers(
  file: string,
  { discriminator, generator }: Optimizers,
): Promise<{ digest: FileDigest; updates: CheckpointState['updates'] }> {
  const [d, g] = [await discriminator.state(), await generator.state()];
  const digest = await writeDurably(file, Buffer.concat([d.m, d.v, g.m, g.v].map(asBytes)));
  return { digest, updates: { discriminator: d.updates, generator: g.updates } };
}

/** Makes a rename survive a power cut. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}

/**
 * Writes `acgan.model-<step>/` beside its final place and moves it there; then the pointer; then old ones beyond `keep` go.
 * @returns its path
 * @throws MachineError when the disk is full or cannot be written; nothing half-written stays
 */
export async function saveCheckpoint(
  directory: string,
  run: TrainedParts,
  {
    keep,
    ...at
  }: Pick<CheckpointState, 'step' | 'networks' | 'judges'> & {
    readonly sampler: unknown;
    readonly keep: number;
  },
): Promise<string> {
  const { step } = at;
  const name = `${CHECKPOINT_PREFIX}${step}`;
  const target = path.join(directory, name);
  // the run is locked: one name is enough, and a killed process's remains go with the next attempt
  const temporary = path.join(directory, '.checkpoint.tmp');
  await writeWhole({ target, temporary, what: 'a checkpoint' }, async () => {
    const files: FileDigests = {
      ...(await saveModel(run.generator, path.join(temporary, 'generator'))),
      ...(await saveModel(run.discriminator, path.join(temporary, 'discriminator'))),
    };
    const { digest, updates } = await saveOptimizers(
      path.join(temporary, OPTIMIZERS),
      run.optimizers,
    );
    files[OPTIMIZERS] = digest;
    const state: CheckpointState = { format: CHECKPOINT_STATE_FORMAT, ...at, updates, files };
    await writeDurably(path.join(temporary, STATE), `${JSON.stringify(state, null, 2)}\n`);
    // only a run resumed before this step finds one here, and writes the same again
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    await syncDirectory(directory);
    await replaceFile(path.join(directory, POINTER), `${JSON.stringify({ latest: name, step })}\n`);
  });
  await prune(directory, step, keep);
  return target;
}

async function prune(directory: string, latest: number, keep: number): Promise<void> {
  const steps = (await listCheckpoints(directory)).filter((step) => step <= latest).reverse();
  for (const [age, step] of steps.entries()) {
    const checkpoint = path.join(directory, `${CHECKPOINT_PREFIX}${step}`);
    if (age >= keep) await rm(checkpoint, { recursive: true, force: true });
    else if (age >= RESUMABLE) {
      await rm(path.join(checkpoint, OPTIMIZERS), { force: true });
      await rm(path.join(checkpoint, 'discriminator'), { recursive: true, force: true });
    }
  }
}

async function readChecked(
  checkpoint: string,
  name: string,
  digest: FileDigest | undefined,
): Promise<Buffer> {
  const file = path.join(checkpoint, name);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new UserError(
      `${file}: expected a file of the checkpoint, got ${String(cause)}. ${otherThan(checkpoint)}`,
      { cause },
    );
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (digest?.sha256 !== sha256) {
    throw new UserError(
      `${file}: expected SHA-256 ${digest?.sha256 ?? 'in state.json'}, got ${sha256}. The file is damaged. ${otherThan(checkpoint)}`,
    );
  }
  return bytes;
}

function restoreOptimizers(
  bytes: Buffer,
  { discriminator, generator }: Optimizers,
  updates: CheckpointState['updates'],
): void {
  const all = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  );
  const sizeOf = (adam: Adam): number =>
    [...adam.variables.values()].reduce((sum, variable) => sum + variable.size, 0);
  const [d, g] = [sizeOf(discriminator), sizeOf(generator)];
  if (all.length !== 2 * (d + g))
    throw new UserError(
      `${OPTIMIZERS}: expected ${2 * (d + g)} moments, got ${all.length}. It belongs to other networks.`,
    );
  discriminator.restore({
    updates: updates.discriminator,
    m: all.slice(0, d),
    v: all.slice(d, 2 * d),
  });
  generator.restore({
    updates: updates.generator,
    m: all.slice(2 * d, 2 * d + g),
    v: all.slice(2 * d + g),
  });
}

/** Puts networks and optimisers back as they were when the checkpoint was saved. @throws UserError when anything is missing or damaged */
export async function restoreCheckpoint(
  checkpoint: string,
  run: TrainedParts,
): Promise<CheckpointState> {
  const state = await readCheckpointState(checkpoint);
  for (const name of Object.keys(state.files))
    if (name !== OPTIMIZERS) await readChecked(checkpoint, name, state.files[name]);
  const moments = await readChecked(checkpoint, OPTIMIZERS, state.files[OPTIMIZERS]);
  await loadWeights(
    namedWeights(run.generator),
    await openSavedModel(path.join(checkpoint, 'generator')),
  );
  await loadWeights(
    namedWeights(run.discriminator),
    await openSavedModel(path.join(checkpoint, 'discriminator')),
  );
  restoreOptimizers(moments, run.optimizers, state.updates);
  return state;
}
