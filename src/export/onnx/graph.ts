/** @file A graph of ONNX while it grows: ops, constants, names. */

import { ATTRIBUTE_TYPES, DATA_TYPES } from './protos';
import type { AttributeProto, NodeProto, TensorProto } from './protos';

/** Settings of an op by name. */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

function toAttribute(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPES.int, i: value };
  if (typeof value === 'string')
    return { name, type: ATTRIBUTE_TYPES.text, s: Buffer.from(value, 'utf8') };
  return { name, type: ATTRIBUTE_TYPES.ints, ints: value };
}

/** Collects the parts of a graph; every value has the name that is given for it. */
export class OnnxGraph {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];

  /** Adds an op with one output. @param inputs names of values; '' leaves one out @returns the name of its output */
  op(opType: string, inputs: readonly string[], name: string, attributes: Attributes = {}): string {
    this.nodes.push({
      name,
      opType,
      input: inputs,
      output: [name],
      attribute: Object.entries(attributes).map(([key, value]) => toAttribute(key, value)),
    });
    return name;
  }

  /** Adds an array of floats. @param dims its shape; [] for a single number @returns its name */
  floats(name: string, dims: readonly number[], values: Float32Array): string {
    const rawData = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.constants.push({ name, dims, dataType: DATA_TYPES.float32, rawData });
    return name;
  }

  /** Adds a list of whole numbers. @returns its name */
  integers(name: string, values: readonly number[]): string {
    const rawData = Buffer.from(BigInt64Array.from(values, BigInt).buffer);
    this.constants.push({ name, dims: [values.length], dataType: DATA_TYPES.int64, rawData });
    return name;
  }
}
