/** @file The pointer to a run's newest whole checkpoint, read without loading what a checkpoint holds. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** Its name in a run's directory. */
export const POINTER = 'checkpoint.json';

const pointerSchema = z.object({ latest: z.string(), step: z.number().int() });

/** What a run's `checkpoint.json` names: its newest whole checkpoint; null where there is none, or a broken one. */
export async function readCheckpointPointer(
  directory: string,
): Promise<z.infer<typeof pointerSchema> | null> {
  try {
    return pointerSchema.parse(JSON.parse(await readFile(path.join(directory, POINTER), 'utf8')));
  } catch {
    return null;
  }
}
