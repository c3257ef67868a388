/** @file What computes: the facts of a loaded engine that belong in a run's environment. */

import { isGpu } from './kernels/native';
import { tf } from './tf';

/** Backend, device and TensorFlow.js's version. */
export interface EngineFacts {
  readonly backend: string;
  readonly device: 'gpu' | 'cpu';
  readonly tfjs: string;
}

/** What the open engine is. */
export function engineFacts(): EngineFacts {
  return { backend: tf.getBackend(), device: isGpu() ? 'gpu' : 'cpu', tfjs: tf.version.tfjs };
}
