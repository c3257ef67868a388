/** @file What is worth saying when a generator is shown otherwise than it was trained. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { runFiles } from './run-dir';

const configSchema = z.object({ labels: z.string() });

/**
 * A line where a run trained with one label a batch, whose generator finds the label in the batch's statistics, is shown by its moving
 * averages; null otherwise, or where its config is not there.
 * @param location the run, or one of its checkpoints
 */
export async function noteOnLabels(location: string, batchNorm: 'moving' | 'batch'): Promise<string | null> {
  if (batchNorm === 'batch') return null;
  for (const directory of [location, path.dirname(location)]) {
    const text = await readFile(runFiles(directory).config, 'utf8').catch(() => null);
    if (text === null) continue;
    const { data } = configSchema.safeParse(JSON.parse(text));
    return data?.labels === 'batch'
      ? 'note: trained with a label a batch (--labels=batch); --batch_norm=batch shows it as it was trained'
      : null;
  }
  return null;
}
