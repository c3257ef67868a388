/** @file The sum over all axes but the channels, which is a bias's gradient, as one op: ours, or TensorFlow's `BiasAddGrad`. */

import type { tf } from '../tf';
import { hasNativeOps, registeredKernel, replaceKernel, runNativeSingle } from './native';

/** Replaces `Sum` over the first three axes of [B,H,W,C]; other sums go the old way. */
export function registerChannelSum(): void {
  const sum = registeredKernel('Sum');
  replaceKernel('Sum', (args) => {
    const { x } = args.inputs as Record<'x', tf.TensorInfo>;
    const { axis, keepDims } = args.attrs as unknown as {
      readonly axis: number | readonly number[];
      readonly keepDims: boolean;
    };
    const isChannelSum =
      x.shape.length === 4 &&
      x.dtype === 'float32' &&
      !keepDims &&
      [axis].flat().join() === '0,1,2';
    if (!isChannelSum) return sum(args);
    if (hasNativeOps()) return runNativeSingle('IpcganChannelSum', [x]);
    return runNativeSingle('BiasAddGrad', [x], {
      T: { type: 'float32' },
      data_format: { string: 'NHWC' },
    });
  });
}
