/** @file What computes: the facts of a loaded engine that belong in a run's environment. */

import { isGpu } from './kernels/native';
import { gpuPrecision, isDeterministic } from './precision';
import type { Precision } from './precision';
import { tf } from './tf';

/** Backend, device and TensorFlow.js's version. */
export interface EngineFacts {
  readonly backend: string;
  readonly device: 'gpu' | 'cpu';
  readonly tfjs: string;
  /** Of products and convolutions; `tf32` where the GPU has it. */
  readonly precision: 'float32' | 'tf32' | 'bfloat16';
  /** Whether TensorFlow was told to give the same bits every time; the CPU does so in any case. */
  readonly deterministic_ops: boolean;
}

const precisionOf = (asked: Precision): EngineFacts['precision'] => {
  if (asked === 'bfloat16') return asked;
  return isGpu() ? gpuPrecision() : 'float32';
};

/** What the open engine is. @param asked precision of what is computed; `auto` when absent */
export function engineFacts(asked: Precision = 'auto'): EngineFacts {
  return {
    backend: tf.getBackend(),
    device: isGpu() ? 'gpu' : 'cpu',
    tfjs: tf.version.tfjs,
    precision: precisionOf(asked),
    deterministic_ops: isDeterministic(),
  };
}
