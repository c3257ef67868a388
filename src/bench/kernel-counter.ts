/** @file Counts the kernels that the engine runs, and the time that each takes. */

import { tf } from '../engine/tf';

/** What was run since the counter was started or last cleared. */
export interface KernelUse {
  readonly count: number;
  /** Milliseconds between call and return: on the CPU engine, the kernel's whole time. */
  readonly milliseconds: number;
}

/** Watches the engine. */
export interface KernelCounter {
  /** By kernel, those that took longest first. */
  read(): ReadonlyMap<string, KernelUse>;
  clear(): void;
  stop(): void;
}

const METHODS = ['executeSingleOutput', 'executeMultipleOutputs'] as const;
type Execute = (name: string, ...rest: unknown[]) => unknown;

/** Starts counting; what it costs is a clock reading a kernel. */
export function countKernels(): KernelCounter {
  const backend = tf.backend() as unknown as Record<(typeof METHODS)[number], Execute>;
  const originals = METHODS.map((method) => backend[method].bind(backend));
  const uses = new Map<string, { count: number; milliseconds: number }>();
  METHODS.forEach((method, i) => {
    backend[method] = (name, ...rest) => {
      const started = performance.now();
      const result = originals[i]?.(name, ...rest);
      const use = uses.get(name) ?? { count: 0, milliseconds: 0 };
      uses.set(name, { count: use.count + 1, milliseconds: use.milliseconds + performance.now() - started });
      return result;
    };
  });
  return {
    read: () => new Map([...uses].sort(([, a], [, b]) => b.milliseconds - a.milliseconds)),
    clear: () => uses.clear(),
    stop: () => METHODS.forEach((method, i) => (backend[method] = originals[i] as Execute)),
  };
}
