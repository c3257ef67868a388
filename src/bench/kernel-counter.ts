/** @file Counts the kernels that the engine runs, with the time and the arithmetic of each. */

import { tf } from '../engine/tf';

/** What one kernel did at one set of shapes since the counter was started or last cleared. */
export interface KernelUse {
  readonly kernel: string;
  /** Shapes of its inputs, and of its first output. */
  readonly shapes: string;
  readonly count: number;
  /** Between call and return: on the CPU engine, the kernel's whole time. */
  readonly milliseconds: number;
  /** Multiplications and additions of its convolutions and matrix products, in 10⁹; other kernels count none. */
  readonly gflop: number;
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
interface OpAttribute {
  readonly name: string;
  readonly value: unknown;
}

const product = (sizes: readonly number[]): number =>
  sizes.reduce((total, size) => total * size, 1);
/** Multiplications and additions a value of the other operand: a filter's window of input channels. */
const window = (filter: readonly number[]): number => 2 * product(filter.slice(0, 3));

function flop(
  name: string,
  attributes: OpAttribute[],
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
  if (name === 'MatMul' || name === 'BatchMatMulV2')
    return 2 * product(output) * (first.at(isTransposed ? -2 : -1) ?? 1);
  return 0;
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
      const output = [result].flat()[0]?.shape ?? [];
      const shapes = `${inputShapes.map((shape) => `[${shape.join()}]`).join(' ')} → [${output.join()}]`;
      const use = uses.get(`${name} ${shapes}`);
      uses.set(`${name} ${shapes}`, {
        kernel: name,
        shapes,
        count: (use?.count ?? 0) + 1,
        milliseconds: (use?.milliseconds ?? 0) + milliseconds,
        gflop: (use?.gflop ?? 0) + flop(name, attributes, inputShapes, output) / 1e9,
      });
      return result;
    };
  });
  return {
    read: () => [...uses.values()].sort((a, b) => b.milliseconds - a.milliseconds),
    clear: () => uses.clear(),
    stop: () => METHODS.forEach((method, i) => (backend[method] = originals[i] as Execute)),
  };
}
