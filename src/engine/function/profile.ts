/** @file What the ops inside functions take, by TensorFlow's own profiler. */

import type { OpAttribute } from '../kernels/native';
import { nodeName } from './function-def';
import { profiled } from './native-functions';
import { decodeEvents } from './protos';
import { typeOfSource } from './recording';
import type { Recording } from './recording';

/** One op of a function, at one call. */
export interface ProfiledOp {
  /** As it was recorded. */
  readonly op: string;
  /** The kernel that TensorFlow made of it; of several that it merged, the last stands for all. */
  readonly kernel: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  /** On its own thread: ops that need nothing of each other run side by side. */
  readonly milliseconds: number;
}

/**
 * Runs `call`, which calls one function.
 * @param recording what that function was made of
 * @returns its ops with their times; null where this TensorFlow lets nobody look
 */
export async function profileFunction(
  recording: Recording,
  call: () => Promise<void>,
): Promise<ProfiledOp[] | null> {
  const serialized = await profiled(call);
  if (serialized === null) return null;
  const byName = new Map(recording.ops.map((one, i) => [nodeName(i), one]));
  return decodeEvents(serialized).flatMap(({ name, milliseconds }) => {
    const [node = '', kernel = ''] = name.split(':');
    const recorded = byName.get(node);
    if (!recorded) return [];
    const { op, attributes, inputs, outputs } = recorded;
    return [
      {
        op,
        kernel,
        attributes,
        inputs: inputs.map((input) => typeOfSource(recording, input).shape),
        outputs: outputs.map(({ shape }) => shape),
        milliseconds,
      },
    ];
  });
}
