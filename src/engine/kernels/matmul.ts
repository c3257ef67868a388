/** @file Plain matrix products as TensorFlow's `MatMul`, which is faster than the batched op that TensorFlow.js calls for them. */

import { tf } from '../tf';
import { registeredKernel, replaceKernel, runNativeSingle } from './native';

/** Replaces `BatchMatMul` for operands of one matrix each; products of real batches go the old way. */
export function registerMatMul(): void {
  const batched = registeredKernel('BatchMatMul');
  replaceKernel('BatchMatMul', (args) => {
    const { a, b } = args.inputs as Record<'a' | 'b', tf.TensorInfo>;
    const { transposeA, transposeB } = args.attrs as { transposeA: boolean; transposeB: boolean };
    const isSingle = [a, b].every(
      ({ shape, dtype }) => shape.length === 3 && shape[0] === 1 && dtype === 'float32',
    );
    if (!isSingle) return batched(args);
    return tf.tidy(() => {
      const [left, right] = [a, b].map((matrix) =>
        tf.reshape(matrix as tf.Tensor, matrix.shape.slice(1)),
      );
      const product = runNativeSingle('MatMul', [left, right] as tf.Tensor[], {
        T: { type: 'float32' },
        transpose_a: { bool: transposeA },
        transpose_b: { bool: transposeB },
      });
      return tf.reshape(product, [1, ...product.shape]);
    });
  });
}
