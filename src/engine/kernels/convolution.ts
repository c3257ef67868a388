/** @file Convolutions on the CPU by the fastest road for their shape: Winograd's form, or the input gradient as a forward convolution. */

import { tf } from '../tf';
import {
  BLOCK,
  convolvePadded,
  convolveInBlocks,
  stridedInputGradient,
} from './convolution-in-blocks';
import { hasNativeOps, isGpu, registeredKernel, replaceKernel } from './native';
import { winogradConvolution, winogradFilterGradient, winogradInputGradient } from './winograd';

/** A result of so few channels leaves most lanes of a register empty; blocks of pixels fill them where the kernel is large. */
const FEW_CHANNELS = 4;
const LARGE_KERNEL = 5;
/** Below so many channels of dy the direct gradient is the faster one (docs/performance.md). */
const FEWEST_CHANNELS = 64;
/** Winograd's form pays from so many pixels a side and so many pairs of channels on, by the size of the kernel. */
const WINOGRAD: Readonly<
  Record<number, { readonly pixels: number; readonly channelPairs: number }>
> = {
  3: { pixels: 8, channelPairs: 128 * 128 },
  4: { pixels: 8, channelPairs: 256 * 512 },
};

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dilations?: number | [number, number];
  /** Of fused convolutions. */
  readonly activation?: string;
  /** Of filter gradients. */
  readonly filterShape?: readonly number[];
  /** Of input gradients. */
  readonly inputShape?: readonly number[];
}

/** tfjs types a kernel's attributes as any record. */
const attributesOf = ({ attrs }: { readonly attrs?: unknown }): ConvolutionAttributes =>
  attrs as ConvolutionAttributes;

type Inputs<Name extends string> = Record<Name, tf.TensorInfo>;

const isOne = (value: number | [number, number] | undefined): boolean =>
  value === undefined || [value].flat().every((n) => n === 1);

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

/** Whether a picture [B,S,S,·] and a filter [k,k,C,K] are large enough for Winograd's form, which our own ops compute; `IPCGAN_WINOGRAD=0` says never. */
function suitsWinograd(
  picture: readonly number[],
  filter: readonly number[],
  attributes: ConvolutionAttributes,
): boolean {
  const [, height = 0, width = 0] = picture;
  const [rows = 0, columns, inputs = 0, outputs = 0] = filter;
  const least = WINOGRAD[rows];
  if (
    least === undefined ||
    !hasNativeOps() ||
    process.env.IPCGAN_WINOGRAD === '0' ||
    !isStrideOneSame(attributes)
  )
    return false;
  return (
    height === width &&
    rows === columns &&
    height >= least.pixels &&
    inputs * outputs >= least.channelPairs
  );
}

/** The filter of the input gradient: turned round, channels swapped. */
const turned = (filter: tf.TensorInfo): tf.Tensor4D =>
  tf.transpose(tf.reverse(filter as tf.Tensor4D, [0, 1]), [0, 1, 3, 2]);

/** dx of a stride-1 SAME convolution with a square filter: dy [B,H,W,out] convolved with the turned filter. */
function inputGradientAsForward(dy: tf.TensorInfo, filter: tf.TensorInfo): tf.Tensor {
  return tf.tidy(() =>
    convolvePadded(dy, turned(filter), 1, ...mirroredPadding(filter.shape[0] ?? 0)),
  );
}

/** Whether a stride-1 convolution's result has so few channels that blocks of pixels are faster. */
function suitsBlocks(
  picture: readonly number[],
  filter: readonly number[],
  attributes: ConvolutionAttributes,
): boolean {
  const [, height = 0, width = 0] = picture;
  const [rows = 0, columns, , outputs = 0] = filter;
  const isSquare = height === width && rows === columns && height % BLOCK === 0;
  return isStrideOneSame(attributes) && isSquare && outputs <= FEW_CHANNELS && rows >= LARGE_KERNEL;
}

/** How a strided convolution lies on its input, where {@link stridedInputGradient} can take its gradient; else null. */
function stridedLayout(
  { strides, pad, dilations, inputShape = [] }: ConvolutionAttributes,
  filter: readonly number[],
  dy: readonly number[],
): { readonly stride: number; readonly size: number; readonly before: number } | null {
  const [stride = 1, across = stride] = [strides].flat();
  const [, size = 0, width] = inputShape;
  const [kernel = 0, columns, inputs = 0] = filter;
  const [, rows = 0, dyColumns] = dy;
  const isSquare = stride === across && size === width && kernel === columns && rows === dyColumns;
  if (
    !isSquare ||
    stride < 2 ||
    inputs > FEW_CHANNELS ||
    !isOne(dilations) ||
    typeof pad === 'number'
  )
    return null;
  const padding = pad === 'same' ? Math.max((rows - 1) * stride + kernel - size, 0) : 0;
  const before = Math.floor(padding / 2);
  // the last pixels of the input may have been left out by VALID padding
  const covered = (rows - 1 + Math.ceil(kernel / stride)) * stride;
  return before + size <= covered ? { stride, size, before } : null;
}

function registerForward(): void {
  const direct = registeredKernel('Conv2D');
  replaceKernel('Conv2D', (args) => {
    const { x, filter } = args.inputs as Inputs<'x' | 'filter'>;
    const picture = x as tf.Tensor4D;
    const weights = filter as tf.Tensor4D;
    const before = paddingBefore(filter.shape);
    if (suitsBlocks(x.shape, filter.shape, attributesOf(args)))
      return convolveInBlocks(picture, weights, before);
    return suitsWinograd(x.shape, filter.shape, attributesOf(args))
      ? winogradConvolution(picture, weights, before)
      : direct(args);
  });
  const fused = registeredKernel('FusedConv2D');
  replaceKernel('FusedConv2D', (args) => {
    const { x, filter, bias } = args.inputs as Inputs<'x' | 'filter'> & Partial<Inputs<'bias'>>;
    const attributes = attributesOf(args);
    const isPlain = bias?.shape.length === 1 && (attributes.activation ?? 'linear') === 'linear';
    if (!isPlain) return fused(args);
    const picture = x as tf.Tensor4D;
    const weights = filter as tf.Tensor4D;
    const before = paddingBefore(filter.shape);
    if (suitsBlocks(x.shape, filter.shape, attributes))
      return tf.tidy(() => tf.add(convolveInBlocks(picture, weights, before), bias as tf.Tensor));
    if (!suitsWinograd(x.shape, filter.shape, attributes)) return fused(args);
    return winogradConvolution(picture, weights, before, bias as tf.Tensor);
  });
}

function registerInputGradient(): void {
  const direct = registeredKernel('Conv2DBackpropInput');
  replaceKernel('Conv2DBackpropInput', (args) => {
    const { dy, filter } = args.inputs as Inputs<'dy' | 'filter'>;
    const errors = dy as tf.Tensor4D;
    const weights = filter as tf.Tensor4D;
    const attributes = attributesOf(args);
    if (suitsWinograd(dy.shape, filter.shape, attributes))
      return winogradInputGradient(errors, weights, paddingBefore(filter.shape));
    const isSquare = filter.shape[0] === filter.shape[1];
    if (isStrideOneSame(attributes) && isSquare && (dy.shape[3] ?? 0) >= FEWEST_CHANNELS)
      return inputGradientAsForward(dy, filter);
    const strided = stridedLayout(attributes, filter.shape, dy.shape);
    return strided
      ? stridedInputGradient(errors, weights, strided.stride, strided.size, strided.before)
      : direct(args);
  });
}

function registerFilterGradient(): void {
  const direct = registeredKernel('Conv2DBackpropFilter');
  replaceKernel('Conv2DBackpropFilter', (args) => {
    const { x, dy } = args.inputs as Inputs<'x' | 'dy'>;
    const { filterShape = [], ...attributes } = attributesOf(args);
    if (!suitsWinograd(x.shape, filterShape, attributes)) return direct(args);
    return winogradFilterGradient(
      x as tf.Tensor4D,
      dy as tf.Tensor4D,
      filterShape[0] ?? 0,
      paddingBefore(filterShape),
    );
  });
}

/** Replaces the convolution kernels on the CPU; on a GPU cuDNN's own stay. */
export function registerConvolutions(): void {
  if (isGpu()) return;
  registerForward();
  registerInputGradient();
  registerFilterGradient();
}
