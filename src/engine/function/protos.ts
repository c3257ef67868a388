/** @file The messages by which TensorFlow describes ops and functions (op_def, attr_value, node_def, function .proto), and what its profiler saw (xplane.proto): the fields that are used here. */

import { parse } from 'protobufjs';
import type { Type } from 'protobufjs';
import { onceLoaded } from '../tf';

const SCHEMA = `
syntax = "proto3";
package tensorflow;

message OpList { repeated OpDef op = 1; }
message OpDef {
  string name = 1;
  repeated ArgDef input_arg = 2;
  repeated ArgDef output_arg = 3;
  repeated AttrDef attr = 4;
  bool is_stateful = 17;
  message ArgDef {
    string name = 1;
    int32 type = 3;
    string type_attr = 4;
    string number_attr = 5;
    string type_list_attr = 6;
  }
  message AttrDef {
    string name = 1;
    string type = 2;
    AttrValue default_value = 3;
  }
}
message TensorShape {
  message Dim { int64 size = 1; }
  repeated Dim dim = 2;
}
message Tensor {
  int32 dtype = 1;
  TensorShape tensor_shape = 2;
  bytes tensor_content = 4;
}
message AttrValue {
  message ListValue {
    repeated int64 i = 3;
    repeated float f = 4;
    repeated bool b = 5;
  }
  oneof value {
    bytes s = 2;
    int64 i = 3;
    float f = 4;
    bool b = 5;
    int32 type = 6;
    TensorShape shape = 7;
    Tensor tensor = 8;
    ListValue list = 1;
  }
}
message XSpace { repeated XPlane planes = 1; }
message XPlane {
  repeated XLine lines = 3;
  map<int64, XEventMetadata> event_metadata = 4;
}
message XEventMetadata { string name = 2; }
message XLine { repeated XEvent events = 4; }
message XEvent {
  int64 metadata_id = 1;
  int64 duration_ps = 3;
}
message NodeDef {
  string name = 1;
  string op = 2;
  repeated string input = 3;
  map<string, AttrValue> attr = 5;
}
message FunctionDef {
  OpDef signature = 1;
  repeated NodeDef node_def = 3;
  map<string, string> ret = 4;
}`;

/** One input or output of an op. */
export interface ArgDef {
  readonly name: string;
  /** A fixed type, or 0. */
  readonly type?: number;
  /** The attribute that is its type. */
  readonly typeAttr?: string;
  /** The attribute that says how many tensors it is. */
  readonly numberAttr?: string;
  readonly typeListAttr?: string;
}

/** An op, as TensorFlow has it registered. */
export interface OpDef {
  readonly name: string;
  readonly inputArg: readonly ArgDef[];
  readonly outputArg: readonly ArgDef[];
  readonly attr: readonly { readonly name: string; readonly defaultValue?: AttrValue | null }[];
  readonly isStateful: boolean;
}

/** A shape, as messages have it. */
export interface ShapeProto {
  readonly dim: readonly { readonly size: number }[];
}

/** The value of an attribute; one of them. */
export interface AttrValue {
  readonly s?: Uint8Array;
  readonly i?: number;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: number;
  readonly shape?: ShapeProto;
  readonly tensor?: {
    readonly dtype: number;
    readonly tensorShape: ShapeProto;
    readonly tensorContent: Uint8Array;
  };
  readonly list?: {
    readonly i?: readonly number[];
    readonly f?: readonly number[];
    readonly b?: readonly boolean[];
  };
}

/** One op of a function. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** Names of arguments, or `node:output:index`. */
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, AttrValue>>;
}

/** A function as TensorFlow takes it. */
export interface FunctionDef {
  readonly signature: {
    readonly name: string;
    readonly inputArg: readonly ArgDef[];
    readonly outputArg: readonly ArgDef[];
  };
  readonly nodeDef: readonly NodeDef[];
  /** Of every output, where it comes from. */
  readonly ret: Readonly<Record<string, string>>;
}

/** Parsed when something is asked of it. */
const schema = onceLoaded(() => parse(SCHEMA).root);
const typeOf = (name: string): Type => schema().lookupType(`tensorflow.${name}`);

/** Every op of a serialized OpList, by name. */
export function decodeOps(serialized: Uint8Array): Map<string, OpDef> {
  // fields that are not there have their defaults, by the prototypes of the messages
  const { op } = typeOf('OpList').decode(serialized) as unknown as {
    readonly op: readonly OpDef[];
  };
  return new Map(op.map((one) => [one.name, one]));
}

/** A function in TensorFlow's own form. */
export function encodeFunctionDef(definition: FunctionDef): Buffer {
  const type = typeOf('FunctionDef');
  return Buffer.from(type.encode(type.fromObject(definition)).finish());
}

/** Something that the profiler saw. */
export interface ProfiledEvent {
  /** `NODE:OP` for an op of a function. */
  readonly name: string;
  readonly milliseconds: number;
}

const PICOSECONDS = 1e9;

/** The events of a serialized XSpace. */
export function decodeEvents(serialized: Uint8Array): ProfiledEvent[] {
  const type = typeOf('XSpace');
  const { planes } = type.toObject(type.decode(serialized), {
    longs: Number,
    defaults: true,
  }) as {
    readonly planes: readonly {
      readonly lines: readonly {
        readonly events: readonly { readonly metadataId: number; readonly durationPs: number }[];
      }[];
      readonly eventMetadata: Readonly<Record<string, { readonly name: string }>>;
    }[];
  };
  return planes.flatMap(({ lines, eventMetadata }) =>
    lines.flatMap(({ events }) =>
      events.map(({ metadataId, durationPs }) => ({
        name: eventMetadata[metadataId]?.name ?? '',
        milliseconds: durationPs / PICOSECONDS,
      })),
    ),
  );
}
