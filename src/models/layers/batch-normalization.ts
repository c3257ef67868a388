/** @file Batch normalisation with TensorFlow 1's zero-debiased moving averages. */

import { batchNormTraining } from '../../engine/kernels/batch-norm-training';
import { splitAligned } from '../../engine/kernels/split-aligned';
import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** ε under the square root, and the decay of the moving averages: the original's `batch_norm` constants. */
export const BATCH_NORM_EPSILON = 1e-3;
export const MOVING_AVERAGE_DECAY = 0.9;

/** How a pass treats batch norm; passed to `model.apply(x, mode)`. */
export interface BatchNormMode {
  /** By the batch's own statistics, or by the moving averages. */
  readonly training: boolean;
  /** A training pass over several batches at once, one behind the other: each of so many equal parts is normalised by itself. */
  readonly parts?: number;
  /** Takes the statistics of a training pass, for {@link countStatistics}; without it the pass leaves no trace. */
  readonly statistics?: BatchStatistics[];
}

/** What one layer saw in a training pass; whoever counts it disposes the tensors. */
export interface BatchStatistics {
  readonly averages: readonly [mean: MovingAverage, variance: MovingAverage];
  /** By part: mean and biased variance, [C] each. */
  readonly values: readonly (readonly [mean: tf.Tensor1D, variance: tf.Tensor1D])[];
}

/** One moving statistic: `moving = biased / (1 − decay^local_step)`. */
export interface MovingAverage {
  readonly moving: tf.LayerVariable;
  readonly biased: tf.LayerVariable;
  readonly localStep: tf.LayerVariable;
}

/** The class of {@link batchNormalization}. */
export const batchNormalizationClass = layerClass<{ readonly name: string }>(
  () =>
    class BatchNormalization extends tf.layers.Layer {
      static className = 'IpcganBatchNormalization';
      private gamma!: tf.LayerVariable;
      private beta!: tf.LayerVariable;
      private mean!: MovingAverage;
      private variance!: MovingAverage;

      override build(inputShape: tf.Shape | tf.Shape[]): void {
        const channels = (inputShape as tf.Shape).at(-1) ?? null;
        const weight = (
          name: string,
          shape: tf.Shape,
          initial: 'ones' | 'zeros',
          trainable = false,
        ): tf.LayerVariable =>
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
        const { training = false, parts = 1, statistics } = kwargs as Partial<BatchNormMode>;
        return tf.tidy(() => {
          const x = singleInput(inputs) as tf.Tensor4D;
          const gamma = this.gamma.read() as tf.Tensor1D;
          const beta = this.beta.read() as tf.Tensor1D;
          if (!training) {
            const mean = this.mean.moving.read() as tf.Tensor1D;
            const variance = this.variance.moving.read() as tf.Tensor1D;
            return tf.batchNorm4d(x, mean, variance, beta, gamma, BATCH_NORM_EPSILON);
          }
          const normalized = (parts === 1 ? [x] : tf.split(x, parts)).map((part) =>
            batchNormTraining(part as tf.Tensor4D, gamma, beta, BATCH_NORM_EPSILON),
          );
          statistics?.push({
            averages: [this.mean, this.variance],
            values: normalized.map(
              ({ mean, variance }) => [tf.keep(mean), tf.keep(variance)] as const,
            ),
          });
          const outputs = normalized.map(({ y }) => y);
          return outputs.length === 1 ? (outputs[0] as tf.Tensor) : tf.concat(outputs);
        });
      }
    },
);

/**
 * Normalises [B,H,W,C] over B, H and W; in training by the batch, else by the moving averages.
 * Differs from Keras: the averages are zero-debiased (TF1's `assign_moving_average`), so that they are right from the first step on.
 */
export const batchNormalization = (config: { readonly name: string }): tf.layers.Layer =>
  new (batchNormalizationClass())(config);

/** What all layers of a network saw in a training pass, ready to be counted; whoever counts it disposes the tensors. */
export interface PassStatistics {
  readonly averages: readonly MovingAverage[];
  /** By part: the means and variances of all layers, one behind the other. */
  readonly values: readonly tf.Tensor1D[];
}

/** Takes the statistics of a pass together, and disposes what it is given. The values are kept. */
export function gatherStatistics(statistics: readonly BatchStatistics[]): PassStatistics {
  const parts = statistics[0]?.values.length ?? 0;
  const values = Array.from({ length: parts }, (_, part) =>
    tf.keep(tf.concat1d(statistics.flatMap((layer) => [...(layer.values[part] ?? [])]))),
  );
  const averages = statistics.flatMap((layer) => layer.averages);
  disposeStatistics(statistics);
  return { averages, values };
}

/** Takes the statistics of a pass, to be counted so many times: they are its own from then on. */
export type CountStatistics = (statistics: readonly BatchStatistics[], times: number) => void;

/**
 * Counts the statistics of a pass in the moving averages of its layers, every part `times` over: what applying TF1's update that often
 * with the same values gives. All layers of a network at once, a dozen kernels however many there are.
 */
export function countStatistics(statistics: readonly BatchStatistics[], times: number): void {
  const pass = gatherStatistics(statistics);
  countPass(pass, times);
  tf.dispose([...pass.values]);
}

/** {@link countStatistics} of statistics that were taken together, which stay the caller's. */
export function countPass({ averages, values }: PassStatistics, times: number): void {
  if (averages.length === 0 || times === 0) return;
  tf.tidy(() => {
    const kept = MOVING_AVERAGE_DECAY ** times;
    let biased: tf.Tensor = tf.concat1d(
      averages.map((average) => average.biased.read() as tf.Tensor1D),
    );
    for (const part of values) biased = tf.add(tf.mul(biased, kept), tf.mul(part, 1 - kept));
    const sizes = averages.map((average) => average.biased.shape[0] ?? 0);
    // layers of one network may have seen different numbers of updates: a head that was put on a trunk has seen fewer
    const localSteps = tf.add(
      tf.stack(averages.map((average) => average.localStep.read())),
      times * values.length,
    );
    const counted = tf.sub(1, tf.pow(MOVING_AVERAGE_DECAY, localSteps));
    const ofChannel = Int32Array.from(sizes.flatMap((size, i) => new Array<number>(size).fill(i)));
    const moving = tf.div(biased, tf.gather(counted, tf.tensor1d(ofChannel, 'int32')));
    const newBiased = splitAligned(biased as tf.Tensor1D, sizes);
    const newMoving = splitAligned(moving as tf.Tensor1D, sizes);
    const newSteps = tf.unstack(localSteps);
    averages.forEach((average, i) => {
      average.biased.write(newBiased[i] as tf.Tensor);
      average.moving.write(newMoving[i] as tf.Tensor);
      average.localStep.write(newSteps[i] as tf.Tensor);
    });
  });
}

const disposeStatistics = (statistics: readonly BatchStatistics[]): void =>
  tf.dispose(
    statistics.flatMap(({ values }) => values.flatMap(([mean, variance]) => [mean, variance])),
  );
