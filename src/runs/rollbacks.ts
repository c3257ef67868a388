/** @file How often a run went back to a checkpoint after it had diverged, written down: `rollbacks.jsonl`. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../errors';
import { replaceFile } from '../files/durable-write';
import { runFiles } from './run-dir';

const rollbackSchema = z.object({
  step: z.number().int().positive(),
  to: z.number().int().nonnegative(),
  pictures: z.array(z.string()),
});

/** One of them. `step` is where losses were found to be no numbers, `to` where the run went on, `pictures` those that may have done it. */
export type Rollback = z.infer<typeof rollbackSchema>;

/** @throws UserError */
function parseLine(file: string, line: string, number: number): Rollback {
  try {
    return rollbackSchema.parse(JSON.parse(line));
  } catch (cause) {
    const got = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UserError(
      `${file}:${number}: expected a rollback with step, to and pictures, got ${got}. ` +
        'Restore the file from a copy: without it the run would draw other pictures than before.',
      { cause },
    );
  }
}

/** In the order in which they happened. @throws UserError where the file is broken */
export async function readRollbacks(directory: string): Promise<Rollback[]> {
  const file = runFiles(directory).rollbacks;
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, i) => parseLine(file, line, i + 1));
}

/** Writes down all of them. @throws the file system's error */
export const writeRollbacks = (directory: string, rollbacks: readonly Rollback[]): Promise<void> =>
  replaceFile(
    runFiles(directory).rollbacks,
    rollbacks.map((rollback) => `${JSON.stringify(rollback)}\n`).join(''),
  );

/** How many batches a run leaves out behind a finished step: as many as it had trained on before it went back there. */
export function leftOutBehind(rollbacks: readonly Rollback[]): Map<number, number> {
  const leftOut = new Map<number, number>();
  for (const { step, to } of rollbacks) leftOut.set(to, (leftOut.get(to) ?? 0) + step - to);
  return leftOut;
}
