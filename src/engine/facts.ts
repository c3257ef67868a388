/** @file What computes: the facts of a loaded engine that belong in a run's environment. */

import { isGpu } from './kernels/native';
import { tf } from './tf';

/** Backend, device and TensorFlow.js's version of the loaded engine. */
export function engineFacts(): { backend: string; device: 'gpu' | 'cpu'; tfjs: string } {
  return { backend: tf.getBackend(), device: isGpu() ? 'gpu' : 'cpu', tfjs: tf.version.tfjs };
}
