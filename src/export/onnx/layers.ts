/**
 * @file Stock layers as ops of ONNX. Pictures are [B,C,H,W] between the ops, as ONNX has them, where TensorFlow.js has [B,H,W,C].
 */

import type { tf } from '../../engine/tf';
import { UserError } from '../../errors';
import type { Attributes, OnnxGraph } from './graph';

type Layer = tf.layers.Layer;
/** Writes a layer. @param inputs names of its inputs @param name of its output @returns that name */
type Writer = (graph: OnnxGraph, layer: Layer, inputs: readonly string[], name: string) => string;

/** Layers' functions of single numbers, by their names. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  relu: 'Relu',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
};

/** What cannot be written. */
function unknown(layer: Layer, expected: string, got: string): UserError {
  return new UserError(
    `--to=onnx: expected ${expected} in ${layer.name}, got ${got}. Export the form \`layers\`.`,
  );
}

/** A layer's settings, read under their names in TensorFlow.js. */
const settingsOf = (layer: Layer): Readonly<Record<string, unknown>> => layer.getConfig();
const shapeOf = (x: Layer['input']): number[] =>
  ([x].flat()[0]?.shape ?? []).map((size) => size ?? 0);

/** Applies a layer's function. @param written writes what it is of, under the name that it is given */
function activated(
  graph: OnnxGraph,
  layer: Layer,
  name: string,
  written: (name: string) => string,
): string {
  const activation = String(settingsOf(layer).activation);
  if (activation === 'linear') return written(name);
  const op = FUNCTIONS[activation];
  if (op === undefined)
    throw unknown(layer, `one of ${Object.keys(FUNCTIONS).join(', ')}`, activation);
  return graph.op(op, [written(`${name}/linear`)], name);
}

/** [a,b,c,d] → its axes in another order. */
function reordered(
  values: Float32Array,
  shape: readonly number[],
  order: readonly [number, number, number, number],
): { readonly values: Float32Array; readonly shape: readonly number[] } {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const [n0, n1, n2, n3] = order.map((axis) => shape[axis] ?? 0) as [
    number,
    number,
    number,
    number,
  ];
  const [s0, s1, s2, s3] = order.map((axis) => strides[axis] ?? 0) as [
    number,
    number,
    number,
    number,
  ];
  const output = new Float32Array(values.length);
  let at = 0;
  for (let a = 0; a < n0; a++)
    for (let b = 0; b < n1; b++)
      for (let c = 0; c < n2; c++)
        for (let d = 0; d < n3; d++) output[at++] = values[a * s0 + b * s1 + c * s2 + d * s3] ?? 0;
  return { values: output, shape: [n0, n1, n2, n3] };
}

/** [kh,kw,in,out] of a convolution, or [kh,kw,out,in] of a transposed one, → [out,in,kh,kw] or [in,out,kh,kw]. */
const KERNEL_ORDER = [3, 2, 0, 1] as const;

/** TensorFlow's SAME padding of one axis of the larger picture: before and after it. */
function samePadding(large: number, small: number, kernel: number, stride: number) {
  const total = Math.max(0, (small - 1) * stride + kernel - large);
  return [Math.floor(total / 2), Math.ceil(total / 2)] as const;
}

/** Kernel, bias and the settings of a convolution whose padding is SAME. @param op Conv, or ConvTranspose, whose output is the larger */
function convolution(op: 'Conv' | 'ConvTranspose'): Writer {
  return (graph, layer, inputs, name) => {
    const { padding, strides, dataFormat } = settingsOf(layer);
    if (padding !== 'same') throw unknown(layer, 'the padding same', String(padding));
    if (dataFormat === 'channelsFirst') throw unknown(layer, 'channels last', 'channels first');
    const [kernel, bias] = layer.getWeights();
    if (!kernel || !bias) throw unknown(layer, 'a kernel and a bias', 'less');
    const { values, shape } = reordered(
      kernel.dataSync() as Float32Array,
      kernel.shape,
      KERNEL_ORDER,
    );
    const [stride = 1] = [strides as number | readonly number[]].flat();
    const [, , kernelHeight = 0, kernelWidth = 0] = shape;
    const input = shapeOf(layer.input);
    const output = shapeOf(layer.output);
    const [large, small] = op === 'Conv' ? [input, output] : [output, input];
    const rows = samePadding(large[1] ?? 0, small[1] ?? 0, kernelHeight, stride);
    const columns = samePadding(large[2] ?? 0, small[2] ?? 0, kernelWidth, stride);
    const attributes: Attributes = {
      kernel_shape: [kernelHeight, kernelWidth],
      strides: [stride, stride],
      pads: [rows[0], columns[0], rows[1], columns[1]],
    };
    const weights = [
      graph.floats(`${layer.name}/kernel`, shape, values),
      graph.floats(`${layer.name}/bias`, bias.shape, bias.dataSync() as Float32Array),
    ];
    return activated(graph, layer, name, (linear) =>
      graph.op(op, [...inputs, ...weights], linear, attributes),
    );
  };
}

/** Nearest neighbours, each axis a whole number of times as large. */
const upSampling: Writer = (graph, layer, inputs, name) => {
  const { interpolation = 'nearest', size } = settingsOf(layer);
  if (interpolation !== 'nearest')
    throw unknown(layer, 'nearest neighbours', String(interpolation));
  const [rows = 1, columns = 1] = size as readonly number[];
  const scales = graph.floats(`${layer.name}/scales`, [4], Float32Array.of(1, 1, rows, columns));
  return graph.op('Resize', [...inputs, '', scales], name, {
    mode: 'nearest',
    nearest_mode: 'floor',
    coordinate_transformation_mode: 'asymmetric',
  });
};

/** 0 up to the largest value, where there is one. */
const reLu: Writer = (graph, layer, inputs, name) => {
  const { maxValue } = settingsOf(layer);
  if (typeof maxValue !== 'number') return graph.op('Relu', inputs, name);
  const bounds = [
    graph.floats(`${layer.name}/min`, [], Float32Array.of(0)),
    graph.floats(`${layer.name}/max`, [], Float32Array.of(maxValue)),
  ];
  return graph.op('Clip', [...inputs, ...bounds], name);
};

/** A list of numbers as a picture of one pixel. */
const pixel: Writer = (graph, layer, inputs, name) => {
  const [, height = 0, width = 0, count = 0] = shapeOf(layer.output);
  if (height !== 1 || width !== 1)
    throw unknown(layer, 'a picture of one pixel', `${height} x ${width}`);
  // 0 keeps the batch as it is
  const shape = graph.integers(`${layer.name}/shape`, [0, count, 1, 1]);
  return graph.op('Reshape', [...inputs, shape], name);
};

/** By the names of the classes. */
const WRITERS: Readonly<Record<string, Writer>> = {
  Activation: (graph, layer, inputs, name) => activated(graph, layer, name, () => inputs[0] ?? ''),
  Add: (graph, _, inputs, name) => graph.op(inputs.length === 2 ? 'Add' : 'Sum', inputs, name),
  Concatenate: (graph, layer, inputs, name) => {
    const { axis } = settingsOf(layer);
    if (axis !== 3 && axis !== -1) throw unknown(layer, 'the axis of channels', String(axis));
    return graph.op('Concat', inputs, name, { axis: 1 });
  },
  Conv2D: convolution('Conv'),
  Conv2DTranspose: convolution('ConvTranspose'),
  Multiply: (graph, _, inputs, name) => graph.op('Mul', inputs, name),
  ReLU: reLu,
  Reshape: pixel,
  UpSampling2D: upSampling,
};

/** Writes a layer. @param inputs names of its inputs @returns the name of its output @throws UserError for a layer that no op here says */
export function writeLayer(graph: OnnxGraph, layer: Layer, inputs: readonly string[]): string {
  const className = layer.getClassName();
  const writer = WRITERS[className];
  if (writer === undefined)
    throw unknown(layer, `one of ${Object.keys(WRITERS).join(', ')}`, className);
  return writer(graph, layer, inputs, layer.name);
}
