/** @file Starting weights, drawn from a seed. */

import { runNativeSingle } from '../engine/kernels/native';
import { tf } from '../engine/tf';
import { namedWeights } from './named-weights';

/** Standard deviation of the generator's and discriminator's starting weights. */
const INITIAL_STDDEV = 0.02;

type Distribution = 'StatelessTruncatedNormal' | 'StatelessRandomNormal';

/** FNV-1a over a name: gives every variable its own stream of one seed. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}

function drawNormal(
  distribution: Distribution,
  shape: number[],
  stddev: number,
  seed: readonly [number, number],
): tf.Tensor {
  return tf.tidy(() => {
    const sample = runNativeSingle(
      distribution,
      [tf.tensor1d(shape, 'int32'), tf.tensor1d([...seed], 'int32')],
      {
        T: { type: 'int32' },
        Tseed: { type: 'int32' },
        dtype: { type: 'float32' },
      },
    );
    return tf.mul(sample, stddev);
  });
}

/**
 * Fills a network's weights: truncated normal of σ `stddev`, plain normal for transposed convolutions (the original's choice);
 * biases, beta and the rest keep the 0 or 1 that they were built with. The same seed gives the same weights.
 * `stddev` may depend on the variable's name and shape.
 */
export function initializeWeights(
  model: tf.LayersModel,
  seed: number,
  stddev: (name: string, shape: readonly number[]) => number = () => INITIAL_STDDEV,
): void {
  for (const [name, variable] of namedWeights(model)) {
    if (!name.endsWith('/weights')) continue;
    const distribution = name.includes('/deconv')
      ? 'StatelessRandomNormal'
      : 'StatelessTruncatedNormal';
    const sigma = stddev(name, variable.shape);
    tf.tidy(() =>
      variable.assign(drawNormal(distribution, variable.shape, sigma, [seed | 0, hashName(name)])),
    );
  }
}
