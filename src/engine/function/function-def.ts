/** @file Turns a recording into a function of TensorFlow's: what its eager calls leave to be inferred is written out. */

import type { OpAttribute } from '../kernels/native';
import type { AttrValue, FunctionDef, NodeDef, OpDef, ShapeProto } from './protos';
import type { Recording, RecordedOp, Source } from './recording';

/** A recording that has no form as a function. */
export class NoFunctionError extends Error {}

/** TF_AttrType of TensorFlow's C API. */
export const KINDS = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

const shapeProto = (shape: readonly number[]): ShapeProto => ({
  dim: shape.map((size) => ({ size })),
});

function attributeValue(op: string, { name, type, value }: OpAttribute): AttrValue {
  if (Array.isArray(value)) {
    if (type === KINDS.int) return { list: { i: value as number[] } };
    if (type === KINDS.float) return { list: { f: value as number[] } };
    if (type === KINDS.bool) return { list: { b: value as boolean[] } };
    if (type === KINDS.shape) return { shape: shapeProto(value as number[]) };
  } else {
    if (type === KINDS.string) return { s: Buffer.from(String(value)) };
    if (type === KINDS.int) return { i: Number(value) };
    if (type === KINDS.float) return { f: Number(value) };
    if (type === KINDS.bool) return { b: Boolean(value) };
    if (type === KINDS.type) return { type: Number(value) };
  }
  throw new NoFunctionError(`${op}: its attribute ${name} is of kind ${type}`);
}

const argumentName = (index: number): string => `a${index}`;
const constantName = (index: number): string => `c${index}`;

/** The name that TensorFlow's recorded op has in the function: what a profile shows. */
export const nodeName = (index: number): string => `n${index}`;
const resultName = (index: number): string => `r${index}`;
const apartName = (node: number, input: number): string => `${nodeName(node)}_apart${input}`;

/**
 * Inputs that come through an Identity, by op. oneDNN's pass over whole functions joins a pool with its gradient where one reads the other,
 * and then sums overlapping windows in another order than a gradient that stands alone, as eager calls have it.
 */
const KEPT_APART: Readonly<Record<string, readonly number[]>> = { MaxPoolGrad: [0, 1] };

/** Ops that keep a state, and may be in a function all the same: what they know is their group, the same in every call. */
const EXCHANGES: ReadonlySet<string> = new Set(['CollectiveReduceV2']);

/** An op with the attributes that eager calls infer from the inputs: their types, and how many of them are in a list. */
class Node {
  private readonly attributes: Map<string, AttrValue>;

  constructor(
    private readonly index: number,
    private readonly recorded: RecordedOp,
    private readonly definition: OpDef,
  ) {
    const { op } = recorded;
    const known = new Set(definition.attr.map(({ name }) => name));
    // eager calls take attributes that an op does not have; functions do not
    const own = recorded.attributes.filter(({ name }) => known.has(name));
    this.attributes = new Map(own.map((one) => [one.name, attributeValue(op, one)]));
    if (definition.isStateful && !EXCHANGES.has(op))
      throw new NoFunctionError(`${op} keeps a state`);
    this.inferFromInputs();
    for (const { name, defaultValue } of definition.attr)
      if (!defaultValue && !this.attributes.has(name))
        throw new NoFunctionError(`${op}: its attribute ${name} was not given`);
  }

  private inferFromInputs(): void {
    const { op, inputs } = this.recorded;
    const { inputArg } = this.definition;
    if (inputArg.some(({ typeListAttr }) => typeListAttr))
      throw new NoFunctionError(`${op} takes a list of types`);
    const open = inputArg.filter(
      ({ numberAttr }) => numberAttr && !this.attributes.has(numberAttr),
    );
    const [list, ...more] = open;
    if (more.length > 0) throw new NoFunctionError(`${op} takes several lists`);
    if (list?.numberAttr)
      this.attributes.set(list.numberAttr, { i: inputs.length - (inputArg.length - 1) });
    let at = 0;
    for (const { typeAttr, numberAttr } of inputArg) {
      const first = inputs[at];
      if (typeAttr && first && !this.attributes.has(typeAttr))
        this.attributes.set(typeAttr, { type: first.dtype });
      at += this.sizeOf(numberAttr);
    }
  }

  private sizeOf(numberAttr: string | undefined): number {
    return numberAttr ? (this.attributes.get(numberAttr)?.i ?? 0) : 1;
  }

  /** An output's name in the function. */
  output(index: number): string {
    let at = index;
    for (const { name, numberAttr, typeListAttr } of this.definition.outputArg) {
      const size = typeListAttr ? Infinity : this.sizeOf(numberAttr);
      if (at < size) return `${nodeName(this.index)}:${name}:${at}`;
      at -= size;
    }
    throw new NoFunctionError(`${this.recorded.op}: it has no output ${index}`);
  }

  toProtos(nameOf: (source: Source) => string): NodeDef[] {
    const { op, inputs } = this.recorded;
    const apart = KEPT_APART[op] ?? [];
    const identities = apart.map((i): NodeDef => {
      const source = inputs[i] as Source;
      return {
        name: apartName(this.index, i),
        op: 'Identity',
        input: [nameOf(source)],
        attr: { T: { type: source.dtype } },
      };
    });
    return [
      ...identities,
      {
        name: nodeName(this.index),
        op,
        input: inputs.map((source, i) =>
          apart.includes(i) ? `${apartName(this.index, i)}:output:0` : nameOf(source),
        ),
        attr: Object.fromEntries(this.attributes),
      },
    ];
  }
}

/**
 * @param outputs where the function's results come from
 * @param definitions of all ops that are registered
 * @throws NoFunctionError
 */
export function toFunctionDef(
  name: string,
  { ops, constants, argumentTypes }: Recording,
  outputs: readonly Source[],
  definitions: ReadonlyMap<string, OpDef>,
): FunctionDef {
  const nodes = ops.map((recorded, index) => {
    const definition = definitions.get(recorded.op);
    if (!definition) throw new NoFunctionError(`there is no op ${recorded.op}`);
    return new Node(index, recorded, definition);
  });
  const nameOf = (source: Source): string => {
    if (source.kind === 'argument') return argumentName(source.index);
    if (source.kind === 'constant') return `${constantName(source.index)}:output:0`;
    return (nodes[source.node] as Node).output(source.index);
  };
  const constantNodes = constants.map(({ dtype, shape, content }, index): NodeDef => ({
    name: constantName(index),
    op: 'Const',
    input: [],
    attr: {
      dtype: { type: dtype },
      value: { tensor: { dtype, tensorShape: shapeProto(shape), tensorContent: content } },
    },
  }));
  return {
    signature: {
      name,
      inputArg: argumentTypes.map(({ dtype }, index) => ({
        name: argumentName(index),
        type: dtype,
      })),
      outputArg: outputs.map(({ dtype }, index) => ({ name: resultName(index), type: dtype })),
    },
    nodeDef: [...constantNodes, ...nodes.flatMap((node) => node.toProtos(nameOf))],
    ret: Object.fromEntries(outputs.map((source, index) => [resultName(index), nameOf(source)])),
  };
}
