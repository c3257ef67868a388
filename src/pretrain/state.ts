/** @file What a pretraining run needs to go on: the weights as they are trained, the optimiser's slots, and the counts. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import type { tf } from '../engine/tf';
import type { SavedMetadata } from '../weights/saved-model';
import { describeArrays } from '../weights/array-file';
import { CHECKPOINT_STATE_FORMAT, STATE_VERSION } from '../weights/checkpoint';
import { NewerFileError, refuseNewer } from '../files/format-version';
import { restoreArrays, STATE_FILE, writeTrainingState } from '../weights/training-state';
import { parseSealed } from '../files/sealed-json';
import { recoverDirectory, replaceDirectory } from '../files/whole-directory';

const VALUES = 'state.bin';
const MODEL = 'model';

const arraySpecs = z.array(z.object({ name: z.string(), shape: z.array(z.number()) }));

const stateSchema = z
  .object({
    format: z.literal(CHECKPOINT_STATE_FORMAT),
    /** Digest of the pictures and classes that it learns; none in runs of the first versions. */
    data: z.string().optional(),
    step: z.number().int().nonnegative(),
    /** Whether the evaluation of this step came to nothing, so that it is still to be made. */
    owed: z.boolean().default(false),
    /** The best score, its step, and how many evaluations came after it; null before the first. */
    best: z
      .object({ score: z.number(), step: z.number().int(), since: z.number().int() })
      .nullable(),
    files: z.record(z.string(), z.object({ sha256: z.string() })).optional(),
    arrays: arraySpecs.optional(),
    // as 0.1 wrote what `files` and `arrays` say
    variables: arraySpecs.optional(),
    sha256: z.string().optional(),
  })
  .transform(({ files, arrays, variables, sha256, ...state }) => ({
    ...state,
    files: files ?? { [VALUES]: { sha256: sha256 ?? '' } },
    arrays: arrays ?? variables ?? [],
  }));

/** Counts of a run. */
export type PretrainState = Pick<z.infer<typeof stateSchema>, 'step' | 'best' | 'owed'>;

/** Directory of the network as it was when the run was last saved, in the run's. */
export const lastDirectory = (directory: string): string => path.join(directory, 'last');

/** What of a run is saved. */
export interface Kept {
  readonly plain: tf.LayersModel;
  readonly metadata: SavedMetadata;
  /** The weights as they are trained, and the optimiser's slots. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Digest of the pictures and classes that it learns. */
  readonly data: string;
}

/** Replaces `last/` in one move: the plain network, and everything that going on needs. @throws MachineError on a full disk */
export async function saveState(
  directory: string,
  { plain, metadata, variables, data }: Kept,
  state: PretrainState,
): Promise<void> {
  await replaceDirectory(lastDirectory(directory), 'the state of the run', async (temporary) => {
    const networks = { [MODEL]: { model: plain, metadata } };
    await writeTrainingState(
      temporary,
      { networks, arrays: variables, arraysFile: VALUES },
      { format: CHECKPOINT_STATE_FORMAT, data, ...state },
    );
  });
}

/** @returns null for a text that is no state. @throws NewerFileError */
function parseState(file: string, text: string): z.infer<typeof stateSchema> | null {
  try {
    const content: unknown = parseSealed(text);
    refuseNewer(file, content, STATE_VERSION);
    return stateSchema.parse(content);
  } catch (error) {
    if (error instanceof NewerFileError) throw error;
    return null;
  }
}

/** Gives variables what was saved; @returns null where nothing was. @throws UserError when it is damaged, or of other data or settings */
export async function restoreState(
  directory: string,
  { variables, data }: Kept,
): Promise<PretrainState | null> {
  const folder = lastDirectory(directory);
  await recoverDirectory(folder);
  if (!existsSync(folder)) return null;
  const file = path.join(folder, STATE_FILE);
  const anew = 'Start the run anew under another --run.';
  const saved = parseState(file, await readFile(file, 'utf8').catch(() => ''));
  if (saved === null)
    throw new UserError(
      `${file}: expected the state of a pretrain run, got a damaged one. ${anew}`,
    );
  if (saved.data !== undefined && saved.data !== data)
    throw new UserError(
      `${file}: expected the pictures and classes that the run was started with, got others. Prepare the same data again, or start the run anew under another --run.`,
    );
  if (JSON.stringify(saved.arrays) !== JSON.stringify(describeArrays(variables)))
    throw new UserError(
      `${file}: expected the variables of this run's settings, got others. ${anew}`,
    );
  await restoreArrays(folder, saved.files, { arrays: variables, arraysFile: VALUES }, anew);
  return { step: saved.step, best: saved.best, owed: saved.owed };
}
