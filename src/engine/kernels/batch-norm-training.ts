/** @file Batch normalisation by the batch's own statistics, as TensorFlow's fused kernel, with its gradient. */

import { tf } from '../tf';
import { BACKEND, runNative } from './native';

const KERNEL = 'BatchNormTraining';

/** What one pass of training-mode batch norm gives. */
export interface NormalizedBatch {
  /** [B,H,W,C], zero mean and unit variance over B, H and W, then scaled by gamma and shifted by beta. */
  readonly y: tf.Tensor4D;
  /** [C], mean over B, H and W. No gradient flows through it. */
  readonly mean: tf.Tensor1D;
  /** [C], biased variance over B, H and W. No gradient flows through it. */
  readonly variance: tf.Tensor1D;
}

function attributes(epsilon: number) {
  return {
    T: { type: 'float32' },
    U: { type: 'float32' },
    epsilon: { float: epsilon },
    data_format: { string: 'NHWC' },
    is_training: { bool: true },
  } as const;
}

/** Registers the kernel and its gradient; does nothing when they are there. */
export function registerBatchNormTraining(): void {
  if ((tf.getKernel(KERNEL, BACKEND) as tf.KernelConfig | undefined) !== undefined) return;
  tf.registerKernel({
    kernelName: KERNEL,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const { x, gamma, beta } = inputs as Record<'x' | 'gamma' | 'beta', tf.TensorInfo>;
      const none = tf.tensor1d([], 'float32');
      const outputs = runNative(
        'FusedBatchNormV3',
        [x, gamma, beta, none, none],
        attributes(Number(attrs?.epsilon)),
        6,
      );
      none.dispose();
      return outputs;
    },
  });
  tf.registerGradient({
    kernelName: KERNEL,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dy, [x, gamma, ...reserved], attrs) => {
      const dys = Array.isArray(dy) ? dy : [dy];
      // computed here, not in a thunk: the three results come from one op, and what no thunk asks for goes with the backward pass
      const [dx, dGamma, dBeta, ...rest] = runNative(
        'FusedBatchNormGradV3',
        [dys[0], x, gamma, ...reserved] as tf.Tensor[],
        attributes(Number(attrs.epsilon)),
        5,
      ) as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
      tf.dispose(rest);
      const handOver = (gradient: tf.Tensor) => (): tf.Tensor => {
        const result = tf.clone(gradient);
        gradient.dispose();
        return result;
      };
      return { x: handOver(dx), gamma: handOver(dGamma), beta: handOver(dBeta) };
    },
  });
}

/**
 * Normalises x [B,H,W,C] by its own batch statistics with the biased variance.
 * On backends without the fused kernel the same is composed from ops.
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): NormalizedBatch {
  if ((tf.getKernel(KERNEL, tf.getBackend()) as tf.KernelConfig | undefined) === undefined)
    return composedBatchNormTraining(x, gamma, beta, epsilon);
  const outputs = tf
    .engine()
    .runKernel(KERNEL, { x, gamma, beta }, { epsilon }) as unknown as tf.Tensor[];
  const [y, mean, unbiased] = outputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
  // output 2 carries Bessel's correction on every device
  const count = x.size / x.shape[3];
  return { y, mean, variance: tf.mul(unbiased, (count - 1) / count) };
}

/** The same from elementary ops: what the fused kernel is tested against, and what other backends run. */
export function composedBatchNormTraining(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): NormalizedBatch {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const y = tf.batchNorm4d(x, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, epsilon);
  return { y, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}
