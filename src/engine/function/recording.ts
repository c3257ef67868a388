/** @file Notes the ops that TensorFlow.js has TensorFlow run, with where their inputs come from. */

import type { OpAttribute } from '../kernels/native';
import type { Binding, FunctionBackend } from './binding';

/** Where a tensor comes from: what was there before, a constant of the recording, or an output of a recorded op. */
export type Source =
  | { readonly kind: 'argument'; readonly index: number; readonly dtype: number }
  | { readonly kind: 'constant'; readonly index: number; readonly dtype: number }
  | {
      readonly kind: 'output';
      readonly node: number;
      readonly index: number;
      readonly dtype: number;
    };

/** A tensor that JavaScript wrote meanwhile. */
export interface Constant extends TensorType {
  /** A copy of its values. */
  readonly content: Buffer;
}

/** Type and shape of a tensor. */
export interface TensorType {
  /** TensorFlow's number of the type. */
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** One op. */
export interface RecordedOp {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly TensorType[];
}

/** What ran between start and end. */
export interface Recording {
  readonly ops: readonly RecordedOp[];
  readonly constants: readonly Constant[];
  /** Ids of the tensors that were there before and were used, in the order of their first use. */
  readonly arguments: readonly number[];
  /** Their types, in the same order. */
  readonly argumentTypes: readonly TensorType[];
  /** Why it cannot be run as a function, or null. */
  readonly problem: string | null;
  /** Where a tensor that is there now comes from; undefined for one that the recording did not see. */
  sourceOf(id: number): Source | undefined;
}

/** Bytes of a tensor's values, or null for those that have none, such as strings. */
const bytesOf = (values: unknown): Buffer | null =>
  ArrayBuffer.isView(values)
    ? Buffer.from(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
    : null;

/**
 * Runs `compute` and notes its ops, which run as ever.
 * @param typeOf of a tensor that was there before; undefined for one that the caller does not know
 */
export function record<T>(
  backend: FunctionBackend,
  typeOf: (id: number) => TensorType | undefined,
  compute: () => T,
): { readonly result: T; readonly recording: Recording } {
  const { binding } = backend;
  const ops: RecordedOp[] = [];
  const constants: Constant[] = [];
  const found: number[] = [];
  const argumentTypes: TensorType[] = [];
  const sources = new Map<number, Source>();
  let problem: string | null = null;
  const argumentOf = (id: number, op: string): Source => {
    const known = typeOf(id);
    if (known === undefined)
      problem ??= `${op} uses a tensor that was made outside, and is neither a variable nor given`;
    const source: Source = { kind: 'argument', index: found.length, dtype: known?.dtype ?? 0 };
    found.push(id);
    argumentTypes.push(known ?? { dtype: 0, shape: [] });
    sources.set(id, source);
    return source;
  };
  const noted: Binding = {
    createTensor: (shape, dtype, values) => {
      const id = binding.createTensor(shape, dtype, values);
      const content = bytesOf(values);
      if (content === null) problem ??= 'it makes a tensor of strings';
      sources.set(id, { kind: 'constant', index: constants.length, dtype });
      constants.push({ dtype, shape: [...shape], content: content ?? Buffer.alloc(0) });
      return id;
    },
    executeOp: (op, attributes, inputs, count) => {
      const made = binding.executeOp(op, attributes, inputs, count);
      const node = ops.length;
      ops.push({
        op,
        attributes: attributes.map(({ name, type, value }) => ({
          name,
          type,
          value: Array.isArray(value) ? [...(value as unknown[])] : value,
        })),
        inputs: inputs.map((id) => sources.get(id) ?? argumentOf(id, op)),
        outputs: made.map(({ shape, dtype }) => ({ shape: [...shape], dtype })),
      });
      made.forEach(({ id, dtype }, index) =>
        sources.set(id, { kind: 'output', node, index, dtype }),
      );
      return made;
    },
    tensorDataSync: (id) => {
      problem ??= 'it reads a value back';
      return binding.tensorDataSync(id);
    },
    deleteTensor: (id) => binding.deleteTensor(id),
  };
  // a binding of its own: the properties of the addon's cannot be replaced
  const recorded = Object.create(binding) as FunctionBackend['binding'];
  for (const [name, value] of Object.entries(noted))
    Object.defineProperty(recorded, name, { value });
  backend.binding = recorded;
  try {
    const result = compute();
    const sourceOf = (id: number): Source | undefined => sources.get(id);
    return {
      result,
      recording: { ops, constants, arguments: found, argumentTypes, problem, sourceOf },
    };
  } finally {
    backend.binding = binding;
  }
}

const bare = (source: Source): string =>
  source.kind === 'output'
    ? `output ${source.node}:${source.index}`
    : `${source.kind} ${source.index}`;

/** What two recordings differ in, or null; functions are made of what does not change from call to call. */
export function difference(a: Recording, b: Recording): string | null {
  if (a.ops.length !== b.ops.length)
    return `one call ran ${a.ops.length} ops, another ${b.ops.length}`;
  for (const [i, one] of a.ops.entries()) {
    const other = b.ops[i] as RecordedOp;
    const where = `op ${i} (${one.op})`;
    if (one.op !== other.op) return `${where} was ${other.op} in another call`;
    if (JSON.stringify(one.attributes) !== JSON.stringify(other.attributes))
      return `${where} had other attributes in another call`;
    if (one.inputs.map(bare).join() !== other.inputs.map(bare).join())
      return `${where} had other inputs in another call`;
    for (const input of one.inputs) {
      if (input.kind !== 'constant') continue;
      const [x, y] = [a, b].map(({ constants }) => constants[input.index] as Constant) as [
        Constant,
        Constant,
      ];
      if (x.dtype !== y.dtype || x.shape.join() !== y.shape.join() || !x.content.equals(y.content))
        return `${where} had another number from JavaScript in another call`;
    }
  }
  return null;
}

/** Type and shape of what a source gives. */
export function typeOfSource(
  { ops, constants, argumentTypes }: Recording,
  source: Source,
): TensorType {
  const found =
    source.kind === 'output'
      ? ops[source.node]?.outputs[source.index]
      : (source.kind === 'constant' ? constants : argumentTypes)[source.index];
  return found ?? { dtype: source.dtype, shape: [] };
}
