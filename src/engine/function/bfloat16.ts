/**
 * @file A recording in bfloat16: factors of products and what lies between them have eight bits of mantissa and the range of float32; sums,
 * statistics, losses and weights are float32.
 */

import { KINDS } from './function-def';
import type { RecordedOp, Recording, Source, TensorType } from './recording';
import { typeOfSource } from './recording';

/** TensorFlow's numbers of the two types. */
const FLOAT32 = 1;
const BFLOAT16 = 14;

/** How an op is run. */
interface Way {
  /** Its inputs that are cast; `all` but the last so many where it takes a list. */
  readonly inputs: readonly number[] | { readonly allButLast: number };
  /**
   * When it is run in bfloat16: always, or where this input was computed in it (`all`: every one; `addition`: those that are not added to
   * every picture alike).
   */
  readonly when: 'always' | 'all' | 'addition' | number;
  /** Its results in bfloat16: the first alone, or every one. */
  readonly outputs: 'first' | 'all';
  /** Whether the result is taken back to float32 at once: it is a sum, which more may be added to. */
  readonly isSum?: true;
}

const product = (...inputs: readonly number[]): Way => ({
  inputs,
  when: 'always',
  outputs: 'first',
});
/** Follows the input that it is named for. */
const follower = (when: number, ...more: readonly number[]): Way => ({
  inputs: [when, ...more],
  when,
  outputs: 'first',
});

const ADDITION: Way = { inputs: [0, 1], when: 'addition', outputs: 'first' };

/**
 * Ops that may be run in bfloat16. TensorFlow has them for the CPU and for CUDA. Those that add up many numbers (convolutions, products, biases'
 * gradients, statistics of a batch) do so in float32, and round the result. All others stay float32: losses, LRN, resizing, optimisers.
 */
const WAYS: Readonly<Record<string, Way>> = {
  Conv2D: product(0, 1),
  Conv2DBackpropInput: product(1, 2),
  Conv2DBackpropFilter: { ...product(0, 2), isSum: true },
  MatMul: product(0, 1),
  BatchMatMul: product(0, 1),
  BatchMatMulV2: product(0, 1),
  Add: ADDITION,
  AddV2: ADDITION,
  AddN: { inputs: { allButLast: 0 }, when: 'all', outputs: 'first' },
  ConcatV2: { inputs: { allButLast: 1 }, when: 'all', outputs: 'first' },
  Split: { ...follower(1), outputs: 'all' },
  SplitV: { ...follower(0), outputs: 'all' },
  BiasAdd: follower(0, 1),
  BiasAddGrad: { ...follower(0), isSum: true },
  FusedBatchNormV3: follower(0),
  // by the picture, as the forward pass: both must be of one type
  FusedBatchNormGradV3: follower(1, 0),
  LeakyRelu: follower(0),
  LeakyReluGrad: follower(1, 0),
  MaxPool: follower(0),
  MaxPoolGrad: follower(0, 1, 2),
  MirrorPad: follower(0),
  MirrorPadGrad: follower(0),
  Pad: follower(0),
  Relu: follower(0),
  ReluGrad: follower(1, 0),
  Reshape: follower(0),
  Slice: follower(0),
  StridedSlice: follower(0),
  Transpose: follower(0),
};

const keyOf = (source: Source): string =>
  source.kind === 'output'
    ? `${source.kind} ${source.node} ${source.index}`
    : `${source.kind} ${source.index}`;

/** A recording whose results are where they were asked for. */
export interface Rewritten {
  readonly recording: Recording;
  /** Where its results come from, in the order in which they were asked for; of their types as ever. */
  readonly results: readonly Source[];
}

/** Writes a recording anew, op by op; sources of the old one are translated on the way. */
class Rewriter {
  readonly ops: RecordedOp[] = [];
  /** Where an output of the old recording is now, in the type in which it was computed. */
  private readonly places = new Map<string, Source>();
  /** Casts of the new recording, by source and type: each is made once. */
  private readonly casts = new Map<string, Source>();

  constructor(private readonly old: Recording) {}

  private place(source: Source): Source {
    return this.places.get(keyOf(source)) ?? source;
  }

  /** In the type that is asked for; what is neither of the two stays as it is. */
  private as(source: Source, dtype: number): Source {
    const found = this.place(source);
    const isEither = found.dtype === FLOAT32 || found.dtype === BFLOAT16;
    return !isEither || found.dtype === dtype ? found : this.cast(found, source, dtype);
  }

  private cast(from: Source, old: Source, dtype: number): Source {
    const key = `${keyOf(from)} ${dtype}`;
    const made = this.casts.get(key);
    if (made) return made;
    const { shape } = typeOfSource(this.old, old);
    const result = this.add({
      op: 'Cast',
      attributes: [
        { name: 'SrcT', type: KINDS.type, value: from.dtype },
        { name: 'DstT', type: KINDS.type, value: dtype },
      ],
      inputs: [from],
      outputs: [{ dtype, shape }],
    });
    this.casts.set(key, result);
    return result;
  }

  private add(op: RecordedOp): Source {
    const node = this.ops.push(op) - 1;
    return { kind: 'output', node, index: 0, dtype: op.outputs[0]?.dtype ?? FLOAT32 };
  }

  private isComputedSo(source: Source | undefined): boolean {
    return source !== undefined && this.place(source).dtype === BFLOAT16;
  }

  private isRunSo({ inputs }: RecordedOp, { when }: Way, cast: readonly number[]): boolean {
    const sources = cast.map((i) => inputs[i] as Source);
    if (sources.some(({ dtype }) => dtype !== FLOAT32)) return false;
    if (when === 'always') return true;
    if (typeof when === 'number') return this.isComputedSo(inputs[when]);
    if (when === 'all') return sources.every((one) => this.isComputedSo(one));
    const sizes = sources.map((one) => {
      const { shape } = typeOfSource(this.old, one);
      return { isVector: shape.length === 1 && (shape[0] ?? 0) > 1, one };
    });
    return (
      sizes.some(({ isVector }) => !isVector) &&
      sizes.every(({ isVector, one }) => isVector || this.isComputedSo(one))
    );
  }

  /** Writes one op of the old recording. */
  write(recorded: RecordedOp, node: number): void {
    const { op, inputs, attributes, outputs } = recorded;
    const way = WAYS[op];
    const cast =
      way === undefined
        ? []
        : 'allButLast' in way.inputs
          ? [...inputs.keys()].slice(0, inputs.length - way.inputs.allButLast)
          : way.inputs;
    const isSo = way !== undefined && this.isRunSo(recorded, way, cast);
    const dtypeOf = ({ dtype }: TensorType, index: number): number =>
      isSo && (way.outputs === 'all' || index === 0) ? BFLOAT16 : dtype;
    const made = this.add({
      op,
      attributes: attributes.map((one) =>
        isSo && one.name === 'T' ? { ...one, value: BFLOAT16 } : one,
      ),
      inputs: inputs.map((source, i) =>
        this.as(source, isSo && cast.includes(i) ? BFLOAT16 : FLOAT32),
      ),
      outputs: outputs.map((type, index) => ({ ...type, dtype: dtypeOf(type, index) })),
    }) as Source & { kind: 'output' };
    for (const [index, type] of outputs.entries()) {
      const old: Source = { kind: 'output', node, index, dtype: type.dtype };
      const place: Source = { ...made, index, dtype: dtypeOf(type, index) };
      this.places.set(keyOf(old), isSo && way.isSum ? this.cast(place, old, FLOAT32) : place);
    }
  }

  /** A result, in the type that it had. */
  result(source: Source): Source {
    return this.as(source, source.dtype);
  }
}

/**
 * A recording's ops with casts between them: convolutions, matrix products and their gradients in bfloat16, and what lies between them and can
 * take it, so that a tensor is cast once. Arguments, constants and results stay what they were.
 * @param results where the results come from
 */
export function inBfloat16(recording: Recording, results: readonly Source[]): Rewritten {
  const rewriter = new Rewriter(recording);
  recording.ops.forEach((op, node) => rewriter.write(op, node));
  const rewritten = results.map((source) => rewriter.result(source));
  return { recording: { ...recording, ops: rewriter.ops }, results: rewritten };
}
