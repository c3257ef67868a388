/** @file Starts a new run from the weights of another one. */

import path from 'node:path';
import { tf } from '../engine/tf';
import { isTf1Bundle } from '../weights/tf1-bundle';
import { isSavedModel } from '../weights/find-network';
import { openTf1Weights, openWeights } from '../weights/weight-source';
import { labelScaleOf } from '../models/generator';
import { loadWeights, namedWeights, trainableWeights } from '../models/named-weights';
import type { Networks } from './forward';
import { latestCheckpoint, readCheckpointState } from '../weights/checkpoint';

/** Weights behind label planes of one scale, made to do the same behind planes of another: conv1 [7,7,3+K,C], of which K are labels. */
function rescaleLabels(generator: tf.LayersModel, from: number): void {
  const factor = from / labelScaleOf(generator);
  if (factor === 1) return;
  const weights = namedWeights(generator).get('generator/conv1/weights') as tf.Variable;
  const [, , inputs = 0] = weights.shape;
  tf.tidy(() =>
    weights.assign(
      tf.mul(
        weights,
        tf
          .tensor1d(Array.from({ length: inputs }, (_, i) => (i < 3 ? 1 : factor)))
          .reshape([1, 1, inputs, 1]),
      ),
    ),
  );
}

/**
 * Fills generator and discriminator from a run, one of its checkpoints, or a TensorFlow 1 checkpoint.
 * Where its label scale is another, the weights behind the labels are scaled so that it computes the same.
 * A TensorFlow 1 checkpoint may lack the discriminator's moving averages, which nothing uses.
 * @throws UserError when a variable is missing or has another shape
 */
export async function loadStartingWeights(
  { generator, discriminator }: Networks,
  location: string,
): Promise<void> {
  if (isTf1Bundle(location)) {
    const source = await openTf1Weights(location);
    await loadWeights(namedWeights(generator), source);
    await loadWeights(trainableWeights(discriminator), source);
    rescaleLabels(generator, 1);
    return;
  }
  const checkpoint = isSavedModel(path.join(location, 'generator'))
    ? location
    : ((await latestCheckpoint(location)) ?? location);
  const source = await openWeights(checkpoint, '--source_checkpoint_dir');
  await loadWeights(namedWeights(generator), source);
  await loadWeights(namedWeights(discriminator), source);
  rescaleLabels(generator, (await readCheckpointState(checkpoint)).networks.label_scale);
}
