/** @file Convolutions on the CPU by the fastest road for their shape: Winograd's form, or the input gradient as a forward convolution. */

import { tf } from '../tf';
import { isGpu, registeredKernel, replaceKernel, runNativeSingle } from './native';
import { winogradConvolution, winogradFilterGradient } from './winograd';

/** Below so many channels of dy the direct gradient is the faster one (docs/performance.md). */
const FEWEST_CHANNELS = 64;
/** Winograd's form pays for 4 × 4 kernels from so many pixels a side and so many pairs of channels on. */
const WINOGRAD = { kernel: 4, pixels: 16, channelPairs: 256 * 512 } as const;

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

/** Padding [before, after] that mirrors TensorFlow's SAME padding of a forward stride-1 convolution. */
export function mirroredPadding(kernelSize: number): [number, number] {
  const [before, after] = samePadding(kernelSize);
  return [after, before];
}

/** Whether a picture [B,S,S,·] and a filter [4,4,C,K] are large enough for Winograd's form; `IPCGAN_WINOGRAD=0` says never. */
function suitsWinograd(picture: readonly number[], filter: readonly number[], attributes: ConvolutionAttributes): boolean {
  const [, height = 0, width = 0] = picture;
  const [rows, columns, inputs = 0, outputs = 0] = filter;
  const isWanted = process.env.IPCGAN_WINOGRAD !== '0' && isStrideOneSame(attributes);
  const isSquare = height === width && rows === WINOGRAD.kernel && columns === WINOGRAD.kernel;
  return isWanted && isSquare && height >= WINOGRAD.pixels && inputs * outputs >= WINOGRAD.channelPairs;
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
  const [before] = samePadding(WINOGRAD.kernel);
  replaceKernel('Conv2D', (args) => {
    const { x, filter } = args.inputs as Inputs<'x' | 'filter'>;
    if (!suitsWinograd(x.shape, filter.shape, attributesOf(args))) return direct(args);
    return winogradConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, before);
  });
  const fused = registeredKernel('FusedConv2D');
  replaceKernel('FusedConv2D', (args) => {
    const { x, filter, bias } = args.inputs as Inputs<'x' | 'filter'> & Partial<Inputs<'bias'>>;
    const attributes = attributesOf(args);
    const isPlain = bias !== undefined && (attributes.activation ?? 'linear') === 'linear';
    if (!isPlain || !suitsWinograd(x.shape, filter.shape, attributes)) return fused(args);
    return tf.tidy(() => tf.add(winogradConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, before), bias as tf.Tensor));
  });
}

function registerGradients(): void {
  const directInput = registeredKernel('Conv2DBackpropInput');
  replaceKernel('Conv2DBackpropInput', (args) => {
    const { dy, filter } = args.inputs as Inputs<'dy' | 'filter'>;
    const attributes = attributesOf(args);
    const channels = dy.shape[3] ?? 0;
    if (!isStrideOneSame(attributes) || channels < FEWEST_CHANNELS) return directInput(args);
    if (!suitsWinograd(dy.shape, filter.shape, attributes)) return inputGradientAsForward(dy, filter);
    return tf.tidy(() => winogradConvolution(dy as tf.Tensor4D, turned(filter), mirroredPadding(WINOGRAD.kernel)[0]));
  });
  const directFilter = registeredKernel('Conv2DBackpropFilter');
  replaceKernel('Conv2DBackpropFilter', (args) => {
    const { x, dy } = args.inputs as Inputs<'x' | 'dy'>;
    const attributes = attributesOf(args);
    if (!suitsWinograd(x.shape, attributes.filterShape ?? [], attributes)) return directFilter(args);
    return winogradFilterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, WINOGRAD.kernel, samePadding(WINOGRAD.kernel)[0]);
  });
}

/** Replaces the convolution kernels on the CPU; on a GPU cuDNN's own stay. */
export function registerConvolutions(): void {
  if (isGpu()) return;
  registerForward();
  registerGradients();
}
