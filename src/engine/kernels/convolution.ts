/** @file Convolutions on the CPU by the fastest road for their shape: Winograd's form, or the input gradient as a forward convolution. */

import { tf } from '../tf';
import { hasNativeOps, isGpu, registeredKernel, replaceKernel, runNativeSingle } from './native';
import { winogradConvolution, winogradFilterGradient, winogradInputGradient } from './winograd';

/** Below so many channels of dy the direct gradient is the faster one (docs/performance.md). */
const FEWEST_CHANNELS = 64;
/** Winograd's form pays from so many pixels a side and so many pairs of channels on, by the size of the kernel. */
const WINOGRAD: Readonly<Record<number, { readonly pixels: number; readonly channelPairs: number }>> = {
  3: { pixels: 16, channelPairs: 128 * 128 },
  4: { pixels: 16, channelPairs: 256 * 512 },
};

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dilations?: number | [number, number];
  /** Of fused convolutions. */
  readonly activation?: string;
  /** Of filter gradients. */
  readonly filterShape?: readonly number[];
}

/** tfjs types a kernel's attributes as any record. */
const attributesOf = ({ attrs }: { readonly attrs?: unknown }): ConvolutionAttributes => attrs as ConvolutionAttributes;

type Inputs<Name extends string> = Record<Name, tf.TensorInfo>;

const isOne = (value: number | [number, number] | undefined): boolean => value === undefined || [value].flat().every((n) => n === 1);

function isStrideOneSame({ strides, pad, dilations }: ConvolutionAttributes): boolean {
  return pad === 'same' && isOne(strides) && isOne(dilations);
}

/** Padding [before, after] of TensorFlow's SAME at stride 1. */
function samePadding(kernelSize: number): [number, number] {
  const before = Math.floor((kernelSize - 1) / 2);
  return [before, kernelSize - 1 - before];
}

/** Pixels of SAME padding before the first one, for a filter [k,k,C,K]. */
const paddingBefore = (filter: readonly number[]): number => samePadding(filter[0] ?? 0)[0];

/** Padding [before, after] that mirrors TensorFlow's SAME padding of a forward stride-1 convolution. */
export function mirroredPadding(kernelSize: number): [number, number] {
  const [before, after] = samePadding(kernelSize);
  return [after, before];
}

/** Whether a picture [B,S,S,·] and a filter [k,k,C,K] are large enough for Winograd's form; `IPCGAN_WINOGRAD=0` says never. */
function suitsWinograd(picture: readonly number[], filter: readonly number[], attributes: ConvolutionAttributes): boolean {
  const [, height = 0, width = 0] = picture;
  const [rows = 0, columns, inputs = 0, outputs = 0] = filter;
  const least = WINOGRAD[rows];
  if (least === undefined || process.env.IPCGAN_WINOGRAD === '0' || !isStrideOneSame(attributes)) return false;
  return height === width && rows === columns && height >= least.pixels && inputs * outputs >= least.channelPairs;
}

/** The filter of the input gradient: turned round, channels swapped. */
const turned = (filter: tf.TensorInfo): tf.Tensor4D => tf.transpose(tf.reverse(filter as tf.Tensor4D, [0, 1]), [0, 1, 3, 2]);

/** dx of a stride-1 SAME convolution: dy [B,H,W,out] convolved with the turned filter. */
function inputGradientAsForward(dy: tf.TensorInfo, filter: tf.TensorInfo): tf.Tensor {
  return tf.tidy(() => {
    const [top, bottom] = mirroredPadding(filter.shape[0] ?? 0);
    const [left, right] = mirroredPadding(filter.shape[1] ?? 0);
    return runNativeSingle('Conv2D', [dy, turned(filter)], {
      T: { type: 'float32' },
      strides: { ints: [1, 1, 1, 1] },
      padding: { string: 'EXPLICIT' },
      explicit_paddings: { ints: [0, 0, top, bottom, left, right, 0, 0] },
      data_format: { string: 'NHWC' },
      dilations: { ints: [1, 1, 1, 1] },
    });
  });
}

function registerForward(): void {
  const direct = registeredKernel('Conv2D');
  replaceKernel('Conv2D', (args) => {
    const { x, filter } = args.inputs as Inputs<'x' | 'filter'>;
    if (!suitsWinograd(x.shape, filter.shape, attributesOf(args))) return direct(args);
    return winogradConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, paddingBefore(filter.shape));
  });
  const fused = registeredKernel('FusedConv2D');
  replaceKernel('FusedConv2D', (args) => {
    const { x, filter, bias } = args.inputs as Inputs<'x' | 'filter'> & Partial<Inputs<'bias'>>;
    const attributes = attributesOf(args);
    const isPlain = bias?.shape.length === 1 && (attributes.activation ?? 'linear') === 'linear';
    if (!isPlain || !suitsWinograd(x.shape, filter.shape, attributes)) return fused(args);
    return winogradConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, paddingBefore(filter.shape), bias as tf.Tensor);
  });
}

function registerWinogradGradients(): void {
  const directInput = registeredKernel('Conv2DBackpropInput');
  replaceKernel('Conv2DBackpropInput', (args) => {
    const { dy, filter } = args.inputs as Inputs<'dy' | 'filter'>;
    if (!suitsWinograd(dy.shape, filter.shape, attributesOf(args))) return directInput(args);
    return winogradInputGradient(dy as tf.Tensor4D, filter as tf.Tensor4D, paddingBefore(filter.shape));
  });
  const directFilter = registeredKernel('Conv2DBackpropFilter');
  replaceKernel('Conv2DBackpropFilter', (args) => {
    const { x, dy } = args.inputs as Inputs<'x' | 'dy'>;
    const { filterShape = [], ...attributes } = attributesOf(args);
    if (!suitsWinograd(x.shape, filterShape, attributes)) return directFilter(args);
    return winogradFilterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, filterShape[0] ?? 0, paddingBefore(filterShape));
  });
}

function registerInputGradient(): void {
  const direct = registeredKernel('Conv2DBackpropInput');
  replaceKernel('Conv2DBackpropInput', (args) => {
    const { dy, filter } = args.inputs as Inputs<'dy' | 'filter'>;
    const isForward = isStrideOneSame(attributesOf(args)) && (dy.shape[3] ?? 0) >= FEWEST_CHANNELS;
    return isForward ? inputGradientAsForward(dy, filter) : direct(args);
  });
}

/** Replaces the convolution kernels on the CPU; on a GPU cuDNN's own stay. Winograd's form needs our own ops. */
export function registerConvolutions(): void {
  if (isGpu()) return;
  registerInputGradient();
  if (!hasNativeOps()) return;
  registerForward();
  registerWinogradGradients();
}
