/** @file The input gradient of stride-1 convolutions as a forward convolution, which oneDNN computes about 2.5 times faster. */

import { tf } from '../tf';
import { isGpu, registeredKernel, replaceKernel, runNativeSingle } from './native';

/** Below so many channels of dy the direct gradient is the faster one (engine.md). */
const FEWEST_CHANNELS = 64;

interface BackpropInputAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly inputShape: [number, number, number, number];
}

function isStrideOneSame({ strides, pad }: BackpropInputAttributes): boolean {
  const [rows, columns] = Array.isArray(strides) ? strides : [strides, strides];
  return pad === 'same' && rows === 1 && columns === 1;
}

/** Padding [before, after] that mirrors TensorFlow's SAME padding of a forward stride-1 convolution. */
export function mirroredPadding(kernelSize: number): [number, number] {
  const before = Math.floor((kernelSize - 1) / 2);
  return [kernelSize - 1 - before, before];
}

/** dx of a stride-1 SAME convolution: dy [B,H,W,out] convolved with the filter [kh,kw,in,out] turned round and its channels swapped. */
function inputGradientAsForward(dy: tf.TensorInfo, filter: tf.TensorInfo): tf.Tensor {
  return tf.tidy(() => {
    const turned = tf.transpose(tf.reverse(filter as tf.Tensor4D, [0, 1]), [0, 1, 3, 2]);
    const [top, bottom] = mirroredPadding(filter.shape[0] ?? 0);
    const [left, right] = mirroredPadding(filter.shape[1] ?? 0);
    return runNativeSingle('Conv2D', [dy, turned], {
      T: { type: 'float32' },
      strides: { ints: [1, 1, 1, 1] },
      padding: { string: 'EXPLICIT' },
      explicit_paddings: { ints: [0, 0, top, bottom, left, right, 0, 0] },
      data_format: { string: 'NHWC' },
      dilations: { ints: [1, 1, 1, 1] },
    });
  });
}

/** Replaces `Conv2DBackpropInput` on the CPU; on a GPU cuDNN's own stays. */
export function registerConvolutionGradient(): void {
  if (isGpu()) return;
  const direct = registeredKernel('Conv2DBackpropInput');
  replaceKernel('Conv2DBackpropInput', (args) => {
    const { dy, filter } = args.inputs as Record<'dy' | 'filter', tf.TensorInfo>;
    const attributes = args.attrs as unknown as BackpropInputAttributes;
    const channels = dy.shape[3] ?? 0;
    if (!isStrideOneSame(attributes) || channels < FEWEST_CHANNELS) return direct(args);
    return inputGradientAsForward(dy, filter);
  });
}
