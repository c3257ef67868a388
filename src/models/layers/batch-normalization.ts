/** @file Batch normalisation with TensorFlow 1's zero-debiased moving averages. */

import { batchNormTraining } from '../../engine/kernels/batch-norm-training';
import { tf } from '../../engine/tf';
import { singleInput } from './single-input';

/** ε under the square root, and the decay of the moving averages: the original's `batch_norm` constants. */
export const BATCH_NORM_EPSILON = 1e-3;
export const MOVING_AVERAGE_DECAY = 0.9;

/** How a pass treats batch norm; passed to `model.apply(x, mode)`. */
export interface BatchNormMode {
  readonly training: boolean;
  /** How often a training pass is counted in the moving averages; 0 uses the batch's statistics and leaves no trace. */
  readonly movingAverageUpdates?: number;
}

/** One moving statistic: `moving = biased / (1 − decay^local_step)`. */
interface MovingAverage {
  readonly moving: tf.LayerVariable;
  readonly biased: tf.LayerVariable;
  readonly localStep: tf.LayerVariable;
}

/**
 * Normalises [B,H,W,C] over B, H and W; in training by the batch, else by the moving averages.
 * Differs from Keras: the averages are zero-debiased (TF1's `assign_moving_average`), so that they are right from the first step on.
 */
export class BatchNormalization extends tf.layers.Layer {
  static className = 'IpcganBatchNormalization';
  private gamma!: tf.LayerVariable;
  private beta!: tf.LayerVariable;
  private mean!: MovingAverage;
  private variance!: MovingAverage;

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = (inputShape as tf.Shape).at(-1) ?? null;
    const weight = (name: string, shape: tf.Shape, initial: 'ones' | 'zeros', trainable = false): tf.LayerVariable =>
      this.addWeight(name, shape, 'float32', tf.initializers[initial](), undefined, trainable);
    this.gamma = weight('gamma', [channels], 'ones', true);
    this.beta = weight('beta', [channels], 'zeros', true);
    const average = (statistic: string, initial: 'ones' | 'zeros'): MovingAverage => ({
      moving: weight(statistic, [channels], initial),
      biased: weight(`${statistic}_biased`, [channels], 'zeros'),
      localStep: weight(`${statistic}_local_step`, [], 'zeros'),
    });
    this.mean = average('moving_mean', 'zeros');
    this.variance = average('moving_variance', 'ones');
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    const { training = false, movingAverageUpdates = 1 } = kwargs as Partial<BatchNormMode>;
    return tf.tidy(() => {
      const x = singleInput(inputs) as tf.Tensor4D;
      const gamma = this.gamma.read() as tf.Tensor1D;
      const beta = this.beta.read() as tf.Tensor1D;
      if (!training) {
        const [mean, variance] = [this.mean.moving.read(), this.variance.moving.read()] as [tf.Tensor1D, tf.Tensor1D];
        return tf.batchNorm4d(x, mean, variance, beta, gamma, BATCH_NORM_EPSILON);
      }
      const { y, mean, variance } = batchNormTraining(x, gamma, beta, BATCH_NORM_EPSILON);
      if (movingAverageUpdates > 0) {
        countStatistic(this.mean, mean, movingAverageUpdates);
        countStatistic(this.variance, variance, movingAverageUpdates);
      }
      return y;
    });
  }
}

/** Counts a batch's statistic `times` over: what applying TF1's update that often with the same value gives. */
function countStatistic({ moving, biased, localStep }: MovingAverage, value: tf.Tensor, times: number): void {
  tf.tidy(() => {
    const kept = MOVING_AVERAGE_DECAY ** times;
    const newBiased = tf.add(tf.mul(biased.read(), kept), tf.mul(value, 1 - kept));
    const newStep = tf.add(localStep.read(), times);
    biased.write(newBiased);
    localStep.write(newStep);
    moving.write(tf.div(newBiased, tf.sub(1, tf.pow(MOVING_AVERAGE_DECAY, newStep))));
  });
}
tf.serialization.registerClass(BatchNormalization);
