/** @file Checkpoints of a run as they lie on the disk: which there are, and what each says of itself. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../errors';
import { parseSealed } from '../files/sealed-json';
import { NewerFileError, refuseNewer } from '../files/format-version';
import { DISCRIMINATOR_KINDS, DISCRIMINATOR_NORMS } from '../models/discriminator';
import { UPSAMPLINGS } from '../models/generator-record';
import path from 'node:path';

/** Checkpoints are directories of this name and the number of finished steps. */
export const CHECKPOINT_PREFIX = 'acgan.model-';

/** The part of a checkpoint that is not arrays. */
export const STATE = 'state.json';

/** The name of the pointer to the newest checkpoint, for people and other programs: the directories themselves are what counts. */
export const POINTER = 'checkpoint.json';

/** Moments of both optimisers; absent where a checkpoint is a generator only. */
export const OPTIMIZERS = 'optimizers.bin';

/** Version of `state.json`, of a checkpoint and of a pretraining run alike. */
export const CHECKPOINT_STATE_FORMAT = 1;
/** Where it is said. */
export const STATE_VERSION = { key: 'format', newest: CHECKPOINT_STATE_FORMAT } as const;

const networksSchema = z.object({
  image_size: z.number().int(),
  age_groups: z.number().int(),
  age_bounds: z.array(z.number()),
  /** Checkpoints from before there was a choice have the original's. */
  label_scale: z.number().default(1),
  /** Kind; checkpoints of 0.1 have the original's. */
  generator: z.string().default('residual'),
  /** How the decoder doubles the size; checkpoints from before there was a choice have the original's. */
  upsampling: z.enum(UPSAMPLINGS).default('transposed'),
  generator_channels: z.number().int(),
  discriminator_channels: z.number().int(),
  /** Checkpoints from before there was a choice have the original's. */
  discriminator: z.enum(DISCRIMINATOR_KINDS).default('patch'),
  discriminator_norm: z.enum(DISCRIMINATOR_NORMS).default('batch'),
});

const stateSchema = z.object({
  format: z.literal(CHECKPOINT_STATE_FORMAT),
  step: z.number().int().nonnegative(),
  networks: networksSchema,
  /** Position of the sampler after this step; its own business what is in it. */
  sampler: z.unknown(),
  updates: z.object({ discriminator: z.number().int(), generator: z.number().int() }),
  /** SHA-256 of the perceptual networks (train/perceptual-digest.ts), under the name that 0.1 gave it; null without any, absent in checkpoints from before it was kept. */
  judges: z.string().nullable().optional(),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});

/** What the networks of a run are built from. */
export type NetworkSettings = z.infer<typeof networksSchema>;

/** The part of a checkpoint that is not arrays. */
export type CheckpointState = z.infer<typeof stateSchema>;

/** Steps of all folders of checkpoints in a run's directory, ascending, whatever is left in them. */
export async function listCheckpointFolders(directory: string): Promise<number[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .map((entry) =>
      entry.isDirectory() && entry.name.startsWith(CHECKPOINT_PREFIX)
        ? Number(entry.name.slice(CHECKPOINT_PREFIX.length))
        : NaN,
    )
    .filter((step) => Number.isInteger(step))
    .sort((a, b) => a - b);
}

/** Steps of all checkpoints in a run's directory that say what they are, ascending. */
export async function listCheckpoints(directory: string): Promise<number[]> {
  return (await listCheckpointFolders(directory)).filter((step) =>
    existsSync(path.join(directory, `${CHECKPOINT_PREFIX}${step}`, STATE)),
  );
}

/** The newest resumable checkpoint of a run, or null when none was finished. */
export async function latestCheckpoint(directory: string): Promise<string | null> {
  // not by the pointer, which is older where the run was killed before it was replaced: a directory under its final name is whole
  const newest = (await listCheckpoints(directory))
    .reverse()
    .find((step) => existsSync(path.join(directory, `${CHECKPOINT_PREFIX}${step}`, OPTIMIZERS)));
  return newest === undefined ? null : path.join(directory, `${CHECKPOINT_PREFIX}${newest}`);
}

/** What to do about a damaged checkpoint. */
export const OTHER_CHECKPOINT =
  'Restore it from a copy, or use an older checkpoint: --resume does that by itself.';

/** Reads a checkpoint's `state.json`. @throws UserError when it is absent or of another form, NewerFileError */
export async function readCheckpointState(checkpoint: string): Promise<CheckpointState> {
  const file = path.join(checkpoint, STATE);
  try {
    const content: unknown = parseSealed(await readFile(file, 'utf8'));
    refuseNewer(file, content, STATE_VERSION);
    return stateSchema.parse(content);
  } catch (cause) {
    if (cause instanceof NewerFileError) throw cause;
    const got = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UserError(
      `${file}: expected the state of a checkpoint, got ${got}. ${OTHER_CHECKPOINT}`,
      { cause },
    );
  }
}
