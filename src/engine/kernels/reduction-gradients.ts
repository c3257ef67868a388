/** @file The gradients of a sum and of a mean: one number for all that it was made of, spread on the device. TensorFlow.js sends a tensor of ones for them. */

import { tf } from '../tf';
import { replaceGradient } from './native';

/** What was reduced: the shape with ones in the place of the reduced axes, and how many numbers each result is made of. */
function reduction(
  shape: readonly number[],
  axis: number | readonly number[] | null | undefined,
): { readonly kept: number[]; readonly count: number } {
  const axes = axis === null || axis === undefined ? [...shape.keys()] : [axis].flat();
  const reduced = new Set(axes.map((one) => (one < 0 ? one + shape.length : one)));
  return {
    kept: shape.map((size, one) => (reduced.has(one) ? 1 : size)),
    count: shape.reduce((product, size, one) => (reduced.has(one) ? product * size : product), 1),
  };
}

/** Replaces the gradients of `Mean` and `Sum`: the same values. */
export function registerReductionGradients(): void {
  const register = (
    kernelName: 'Mean' | 'Sum',
    share: (dy: tf.Tensor, count: number) => tf.Tensor,
  ): void =>
    replaceGradient({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (dy, [x], attrs) => {
        const { shape } = x as tf.Tensor;
        const { kept, count } = reduction(shape, attrs.axis as unknown as number | number[] | null);
        return { x: () => tf.broadcastTo(share(tf.reshape(dy as tf.Tensor, kept), count), shape) };
      },
    });
  register('Mean', (dy, count) => tf.div(dy, count));
  register('Sum', (dy) => dy);
}
