/** @file What is worth saying when a generator is shown otherwise than it was trained. */

import path from 'node:path';
import { z } from 'zod';
import { isTf1Bundle } from '../weights/tf1-bundle';
import { readKnownConfig } from '../runs/known-config';

/** Runs from before the setting was there have the original's labels. */
const configSchema = z.object({ labels: z.string().default('batch') });

/** Null where it is not known. */
async function labelsOf(location: string): Promise<string | null> {
  for (const directory of [location, path.dirname(location)]) {
    const config = await readKnownConfig(directory, configSchema);
    if (config) return config.labels;
  }
  return isTf1Bundle(location) ? 'batch' : null;
}

/**
 * A line where a generator was trained with one label a batch, in whose statistics it finds the label, and is shown by its moving
 * averages; null otherwise, or where its config is not there.
 * @param location the run, one of its checkpoints, or a TensorFlow 1 checkpoint
 */
export async function noteOnLabels(
  location: string,
  batchNorm: 'moving' | 'batch',
): Promise<string | null> {
  if (batchNorm === 'batch' || (await labelsOf(location)) !== 'batch') return null;
  return 'note: trained with a label a batch (--labels=batch); --batch_norm=batch shows it as it was trained';
}
