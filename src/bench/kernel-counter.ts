/** @file Counts the kernels that the engine runs, op by op or inside a function, with the time, the arithmetic and the memory of each. */

import type { ProfiledOp } from '../engine/function/profile';
import type { OpAttribute } from '../engine/kernels/native';
import { tf } from '../engine/tf';

/** What one kernel did at one set of shapes since the counter was started or last cleared. */
export interface KernelUse {
  readonly kernel: string;
  /** Shapes of its inputs, and of its first output. */
  readonly shapes: string;
  readonly count: number;
  /** Between call and return: on the CPU engine, the kernel's whole time. */
  readonly milliseconds: number;
  /** Multiplications and additions of its convolutions (in Winograd's form where they have it) and matrix products, in 10⁹; others count none. */
  readonly gflop: number;
  /** What it reads and writes, in 10⁹ bytes, were each of its operands moved once. */
  readonly gigabytes: number;
}

/** Watches the engine. */
export interface KernelCounter {
  /** Those that took longest first. */
  read(): readonly KernelUse[];
  clear(): void;
  stop(): void;
}

const METHODS = ['executeSingleOutput', 'executeMultipleOutputs'] as const;
type Execute = (
  name: string,
  attributes: OpAttribute[],
  inputs: tf.TensorInfo[],
  outputs?: number,
) => tf.TensorInfo | tf.TensorInfo[];

const product = (sizes: readonly number[]): number =>
  sizes.reduce((total, size) => total * size, 1);
/** Multiplications and additions a value of the other operand: a filter's window of input channels. */
const window = (filter: readonly number[]): number => 2 * product(filter.slice(0, 3));

/** Outputs a tile and direction of Winograd's form. */
const TILE = 4;
/** Of the products at the points; the transforms are not counted. @param filter [k,k,C,K], which pictures [B,S,S,·] go with */
function winogradFlop(
  [batch = 0, size = 0]: readonly number[],
  [kernel = 0, , inputs = 0, outputs = 0]: readonly number[],
): number {
  const points = (TILE + kernel - 1) ** 2;
  const tiles = batch * Math.ceil(size / TILE) ** 2;
  return 2 * points * tiles * inputs * outputs;
}

function flop(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly (readonly number[])[],
  output: readonly number[],
): number {
  const [first = [], second = [], third = []] = inputs;
  if (name === 'Conv2D' || name === '_FusedConv2D') return product(output) * window(second);
  if (name === 'Conv2DBackpropInput') return product(third) * window(second);
  if (name === 'Conv2DBackpropFilter') return product(third) * window(output);
  const isTransposed = attributes.some(
    (attribute) => ['adj_x', 'transpose_a'].includes(attribute.name) && attribute.value === true,
  );
  if (name === 'IpcganWinograd') return winogradFlop(first, second);
  if (name === 'IpcganWinogradFilterGradient') return winogradFlop(first, output);
  if (name === 'MatMul' || name === 'BatchMatMulV2')
    return 2 * product(output) * (first.at(isTransposed ? -2 : -1) ?? 1);
  return 0;
}

const BYTES = 4;

/** Adds one run of a kernel to its uses. */
function count(
  uses: Map<string, KernelUse>,
  kernel: string,
  attributes: readonly OpAttribute[],
  inputs: readonly (readonly number[])[],
  outputs: readonly (readonly number[])[],
  milliseconds: number,
): void {
  const output = outputs[0] ?? [];
  const shapes = `${inputs.map((shape) => `[${shape.join()}]`).join(' ')} → [${output.join()}]`;
  const key = `${kernel} ${shapes}`;
  const before = uses.get(key);
  const values = [...inputs, ...outputs].reduce((sum, shape) => sum + product(shape), 0);
  uses.set(key, {
    kernel,
    shapes,
    count: (before?.count ?? 0) + 1,
    milliseconds: (before?.milliseconds ?? 0) + milliseconds,
    gflop: (before?.gflop ?? 0) + flop(kernel, attributes, inputs, output) / 1e9,
    gigabytes: (before?.gigabytes ?? 0) + (BYTES * values) / 1e9,
  });
}

const slowestFirst = (uses: ReadonlyMap<string, KernelUse>): KernelUse[] =>
  [...uses.values()].sort((a, b) => b.milliseconds - a.milliseconds);

/** The ops of a function as kernels, by the names of the ops that they were recorded as. */
export function kernelsOf(ops: readonly ProfiledOp[]): KernelUse[] {
  const uses = new Map<string, KernelUse>();
  for (const { op, attributes, inputs, outputs, milliseconds } of ops)
    count(uses, op, attributes, inputs, outputs, milliseconds);
  return slowestFirst(uses);
}

/** Starts counting; what it costs is a clock reading a kernel. */
export function countKernels(): KernelCounter {
  const backend = tf.backend() as unknown as Record<(typeof METHODS)[number], Execute>;
  const originals = METHODS.map((method) => backend[method].bind(backend));
  const uses = new Map<string, KernelUse>();
  METHODS.forEach((method, i) => {
    backend[method] = (name, attributes, inputs, outputs) => {
      const started = performance.now();
      const result = (originals[i] as Execute)(name, attributes, inputs, outputs);
      const milliseconds = performance.now() - started;
      const inputShapes = inputs.map((tensor) => (tensor as Partial<tf.TensorInfo>).shape ?? []);
      const made = [result].flat().map(({ shape }) => shape);
      count(uses, name, attributes, inputShapes, made, milliseconds);
      return result;
    };
  });
  return {
    read: () => slowestFirst(uses),
    clear: () => uses.clear(),
    stop: () => METHODS.forEach((method, i) => (backend[method] = originals[i] as Execute)),
  };
}
