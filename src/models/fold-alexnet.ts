/** @file AlexNet with batch norm as plain AlexNet and back: by its moving averages, batch norm is a factor and a shift of each channel. */

import { tf } from '../engine/tf';
import { BATCH_NORM_EPSILON, MOVING_AVERAGE_DECAY } from './layers/batch-normalization';

type Weights = ReadonlyMap<string, tf.Variable>;

/** Updates that an inserted batch norm counts as having seen: what it is told now is forgotten as slowly as if it had. */
const INSERTED_UPDATES = 50;

const of = (weights: Weights, name: string): tf.Variable => {
  const variable = weights.get(name);
  if (!variable) throw new Error(`fold: no variable ${name}`);
  return variable;
};

/**
 * Gives a plain network the weights that compute what the trained one does by its moving averages; layers without batch norm are copied.
 * @param plain of the same widths, without training layers; layers that it has and `trained` lacks stay as they are
 */
export function foldAlexNet(trained: Weights, plain: Weights): void {
  for (const [name, target] of plain) {
    const layer = name.slice(0, name.lastIndexOf('/'));
    if (!trained.has(name)) continue;
    tf.tidy(() => {
      if (!trained.has(`${layer}_bn/gamma`)) {
        target.assign(of(trained, name));
        return;
      }
      const part = (statistic: string): tf.Variable => of(trained, `${layer}_bn/${statistic}`);
      const factor = tf.div(
        part('gamma'),
        tf.sqrt(tf.add(part('moving_variance'), BATCH_NORM_EPSILON)),
      );
      if (name.endsWith('/weights')) target.assign(tf.mul(of(trained, name), factor));
      else
        target.assign(
          tf.add(tf.mul(tf.sub(of(trained, name), part('moving_mean')), factor), part('beta')),
        );
    });
  }
}

/**
 * Sets a layer's batch norm so that it changes nothing: by the moving averages it gives back what it is given.
 * @param mean of the layer's outputs before ReLU by channel, [C]
 * @param variance biased, [C]
 */
export function insertBatchNorm(
  trained: Weights,
  layer: string,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
): void {
  tf.tidy(() => {
    const seen = 1 - MOVING_AVERAGE_DECAY ** INSERTED_UPDATES;
    const set = (name: string, value: tf.Tensor): void =>
      of(trained, `${layer}_bn/${name}`).assign(value);
    set('gamma', tf.sqrt(tf.add(variance, BATCH_NORM_EPSILON)));
    set('beta', mean);
    for (const [statistic, value] of [
      ['moving_mean', mean],
      ['moving_variance', variance],
    ] as const) {
      set(statistic, value);
      // as TensorFlow 1 names what is zero-debiased
      set(`${layer}_bn/${statistic}/biased`, tf.mul(value, seen));
      set(`${layer}_bn/${statistic}/local_step`, tf.scalar(INSERTED_UPDATES));
    }
  });
}
