/** @file The gradient of a mean: the same number everywhere, spread on the device. TensorFlow.js sends a tensor of ones for it. */

import { tf } from '../tf';
import { replaceGradient } from './native';

/** Replaces the gradient of `Mean`: the same values. */
export function registerMeanGradient(): void {
  replaceGradient({
    kernelName: 'Mean',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => {
      const { shape } = x as tf.Tensor;
      const given = attrs.axis as unknown as number | readonly number[] | null | undefined;
      const axes = given === null || given === undefined ? [...shape.keys()] : [given].flat();
      const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
      const kept = shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
      const count = shape.reduce(
        (product, size, axis) => (reduced.has(axis) ? product * size : product),
        1,
      );
      return {
        x: () => tf.broadcastTo(tf.div(tf.reshape(dy as tf.Tensor, kept), count), shape),
      };
    },
  });
}
