/** @file What a pretraining run needs to go on: the weights as they are trained, the optimiser's slots, and the counts. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import type { tf } from '../engine/tf';
import { saveModel } from '../weights/saved-model';
import type { SavedMetadata } from '../weights/saved-model';
import { assignValues } from '../models/named-weights';
import { sha256Of } from '../files/digest';
import { writeDurably } from '../files/durable-write';
import { recoverDirectory, replaceDirectory } from '../files/whole-directory';

const STATE = 'state.json';
const VALUES = 'state.bin';
const MODEL = 'model';

const stateSchema = z.object({
  format: z.literal(1),
  /** Digest of the pictures and classes that it learns; none in runs of the first versions. */
  data: z.string().optional(),
  step: z.number().int().nonnegative(),
  /** Whether the evaluation of this step came to nothing, so that it is still to be made. */
  owed: z.boolean().default(false),
  /** The best score, its step, and how many evaluations came after it; null before the first. */
  best: z.object({ score: z.number(), step: z.number().int(), since: z.number().int() }).nullable(),
  variables: z.array(z.object({ name: z.string(), shape: z.array(z.number()) })),
  sha256: z.string(),
});

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
    await saveModel(plain, path.join(temporary, MODEL), metadata);
    const parts: Buffer[] = [];
    for (const variable of variables.values()) {
      const values = await variable.data();
      parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    }
    const { sha256 } = await writeDurably(path.join(temporary, VALUES), Buffer.concat(parts));
    const described = [...variables].map(([name, { shape }]) => ({ name, shape }));
    await writeDurably(
      path.join(temporary, STATE),
      `${JSON.stringify({ format: 1, data, ...state, variables: described, sha256 })}\n`,
    );
  });
}

/** @returns null for a text that is no state */
function parseState(text: string): z.infer<typeof stateSchema> | null {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
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
  const file = path.join(folder, STATE);
  const saved = parseState(await readFile(file, 'utf8').catch(() => ''));
  const bytes = await readFile(path.join(folder, VALUES)).catch(() => Buffer.alloc(0));
  const expected = JSON.stringify([...variables].map(([name, { shape }]) => ({ name, shape })));
  if (saved?.sha256 !== sha256Of(bytes))
    throw new UserError(
      `${file}: expected the state of a pretrain run, got a damaged one. Start the run anew under another --run.`,
    );
  if (saved.data !== undefined && saved.data !== data)
    throw new UserError(
      `${file}: expected the pictures and classes that the run was started with, got others. Prepare the same data again, or start the run anew under another --run.`,
    );
  if (JSON.stringify(saved.variables) !== expected)
    throw new UserError(
      `${file}: expected the variables of this run's settings, got others. Start the run anew under another --run.`,
    );
  let offset = bytes.byteOffset;
  for (const variable of variables.values()) {
    assignValues(
      variable,
      new Float32Array(bytes.buffer.slice(offset, offset + 4 * variable.size)),
    );
    offset += 4 * variable.size;
  }
  return { step: saved.step, best: saved.best, owed: saved.owed };
}
