/** @file The moving average of a generator, a network of its own: its weights, and the moving statistics of its batch norm. */

import { tf } from '../engine/tf';
import { namedWeights } from '../models/named-weights';
import type { AveragedVariable } from '../optimizers/averaged';

/** Variables of a generator with those of its average, which is built alike. */
export function averagedVariables(
  generator: tf.LayersModel,
  average: tf.LayersModel,
): AveragedVariable[] {
  const averages = namedWeights(average);
  return [...namedWeights(generator)].map(([name, variable]) => ({
    variable,
    average: averages.get(name) as tf.Variable,
  }));
}

/** Starts the average at the generator's present weights. */
export function startAverage(generator: tf.LayersModel, average: tf.LayersModel): void {
  for (const pair of averagedVariables(generator, average))
    // values of its own: of two variables that share a tensor, a recorded step knows but one
    tf.tidy(() => pair.average.assign(tf.add(pair.variable, 0)));
}
