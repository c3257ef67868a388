/** @file Starts a new run from the weights of another one. */

import path from 'node:path';
import { isTf1Bundle } from '../import/tf1-bundle';
import { openTf1Weights, openWeights } from '../import/weight-source';
import { isSavedModel } from '../import/saved-model';
import { loadWeights, namedWeights, trainableWeights } from '../models/named-weights';
import { latestCheckpoint } from './checkpoint';
import type { Networks } from './steps';

/**
 * Fills generator and discriminator from a run, one of its checkpoints, or a TensorFlow 1 checkpoint.
 * A TensorFlow 1 checkpoint may lack the discriminator's moving averages, which nothing uses.
 * @throws UserError when a variable is missing or has another shape
 */
export async function loadStartingWeights({ generator, discriminator }: Networks, location: string): Promise<void> {
  if (isTf1Bundle(location)) {
    const source = await openTf1Weights(location);
    await loadWeights(namedWeights(generator), source);
    await loadWeights(trainableWeights(discriminator), source);
    return;
  }
  const checkpoint = isSavedModel(path.join(location, 'generator')) ? location : ((await latestCheckpoint(location)) ?? location);
  const source = await openWeights(checkpoint, '--source_checkpoint_dir');
  await loadWeights(namedWeights(generator), source);
  await loadWeights(namedWeights(discriminator), source);
}
