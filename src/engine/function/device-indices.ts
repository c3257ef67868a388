/** @file Constants that say which rows are gathered, in the memory of the device that gathers. */

import type { Constant, Recording, Source } from './recording';

/** TensorFlow's numbers of the two types. */
const INT32 = 3;
const INT64 = 9;

/** Input of an op that says which rows, and the attribute that is its type. */
const INDICES: Readonly<Record<string, { readonly input: number; readonly attribute: string }>> = {
  GatherV2: { input: 1, attribute: 'Tindices' },
};

const widened = ({ shape, content }: Constant): Constant => {
  const values = new Int32Array(new Uint8Array(content).buffer);
  return { dtype: INT64, shape, content: Buffer.from(BigInt64Array.from(values, BigInt).buffer) };
};

/**
 * A recording whose constant indices are int64. TensorFlow keeps constants of int32 in the host's memory, and the executor that runs ops one
 * after the other forgets that they are there: it has the GPU copy them as if they were its own (`single_threaded_executor.cc` notes the
 * memory of ops' results, and not that of constants). Those of int64 lie on the device. The values gathered are the same.
 */
export function withDeviceIndices(recording: Recording): Recording {
  const constants = [...recording.constants];
  const long = new Map<number, Source>();
  const toLong = (index: number): Source => {
    const made = long.get(index) ?? {
      kind: 'constant' as const,
      index: constants.push(widened(constants[index] as Constant)) - 1,
      dtype: INT64,
    };
    long.set(index, made);
    return made;
  };
  const ops = recording.ops.map((recorded) => {
    const { input, attribute } = INDICES[recorded.op] ?? {};
    const source = input === undefined ? undefined : recorded.inputs[input];
    if (source?.kind !== 'constant' || source.dtype !== INT32) return recorded;
    return {
      ...recorded,
      attributes: recorded.attributes.filter(({ name }) => name !== attribute),
      inputs: recorded.inputs.map((one) => (one === source ? toLong(source.index) : one)),
    };
  });
  return { ...recording, ops, constants };
}
