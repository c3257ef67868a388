/** @file A generator for use, not for training: batch norm by the moving averages folded into the convolutions before it. */

import type { tf } from '../engine/tf';
import { buildGenerator, labelScaleOf, upsamplingOf } from './generator';
import type { PictureHead } from './generator';
import { BATCH_NORM_EPSILON } from './layers/batch-normalization';
import { assignValues, namedWeights } from './named-weights';

/** The batch norm that follows each convolution but the last, by layer names inside `generator/`. */
function normOf(convolution: string): string | null {
  const inBlock = /^(unit_\d+)\/sub([12])\/conv\2$/.exec(convolution);
  if (inBlock) return `${inBlock[1] ?? ''}/sub${inBlock[2] ?? ''}/bn${inBlock[2] ?? ''}`;
  const names: Readonly<Record<string, string>> = {
    conv1: 'bn1',
    conv2: 'bn2',
    conv3: 'bn3',
    deconv1: 'bn4',
    deconv2: 'bn5',
    upconv1: 'bn4',
    upconv2: 'bn5',
  };
  return names[convolution] ?? null;
}

/** Multiplies the weights of each output channel; transposed convolutions keep them in [kh,kw,out,in], others in [kh,kw,in,out]. */
function scaled(
  weights: Float32Array,
  shape: readonly number[],
  factors: Float32Array,
  isTransposed: boolean,
): Float32Array {
  const inner = isTransposed ? (shape[3] ?? 1) : 1;
  return weights.map(
    (weight, i) => weight * (factors[Math.floor(i / inner) % factors.length] ?? 1),
  );
}

/**
 * A copy of a trained generator that computes the same as it does by its moving averages, with fewer layers.
 * @param head what follows the last convolution, where it is not the original's
 * The given one stays as it is; the copy belongs to the caller. Later changes of the given one do not reach it.
 */
export function foldBatchNorm(generator: tf.LayersModel, head?: PictureHead): tf.LayersModel {
  const trained = namedWeights(generator);
  const values = (name: string): Float32Array =>
    (trained.get(`generator/${name}`) as tf.Variable).dataSync() as Float32Array;
  const [, imageSize = 0] = generator.inputs[0]?.shape as number[];
  const ageGroups = generator.inputs[1]?.shape[1] ?? 0;
  const channels = trained.get('generator/conv1/weights')?.shape[3] ?? 0;
  const folded = buildGenerator(
    {
      imageSize,
      ageGroups,
      channels,
      labelScale: labelScaleOf(generator),
      upsampling: upsamplingOf(generator),
      isFolded: true,
    },
    head,
  );
  const target = namedWeights(folded);
  for (const [name, variable] of target) {
    const convolution = /^generator\/(.+)\/weights$/.exec(name)?.[1];
    if (convolution === undefined) continue;
    const bias = target.get(`generator/${convolution}/biases`) as tf.Variable;
    const norm = normOf(convolution);
    if (norm === null) {
      assignValues(variable, values(`${convolution}/weights`));
      assignValues(bias, values(`${convolution}/biases`));
      continue;
    }
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(
      (part) => values(`${norm}/${part}`),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const factors = gamma.map(
      (factor, i) => factor / Math.sqrt((variance[i] ?? 0) + BATCH_NORM_EPSILON),
    );
    assignValues(
      variable,
      scaled(
        values(`${convolution}/weights`),
        variable.shape,
        factors,
        convolution.startsWith('deconv'),
      ),
    );
    assignValues(
      bias,
      values(`${convolution}/biases`).map(
        (shift, i) => (shift - (mean[i] ?? 0)) * (factors[i] ?? 0) + (beta[i] ?? 0),
      ),
    );
  }
  return folded;
}
