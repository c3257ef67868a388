/** @file Gradients of ReLU and leaky ReLU as one TensorFlow op each, where TensorFlow.js composes compare, select and multiply. */

import type { tf } from '../tf';
import { replaceGradient, runNativeSingle } from './native';

const FLOAT = { T: { type: 'float32' } } as const;

/** Replaces the registered gradients of `Relu` and `LeakyRelu`. */
export function registerActivationGradients(): void {
  replaceGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({
      x: () => runNativeSingle('ReluGrad', [dy, y] as tf.Tensor[], FLOAT),
    }),
  });
  replaceGradient({
    kernelName: 'LeakyRelu',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () =>
        runNativeSingle('LeakyReluGrad', [dy, x] as tf.Tensor[], {
          ...FLOAT,
          alpha: { float: Number(attrs.alpha) },
        }),
    }),
  });
}
