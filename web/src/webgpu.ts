/** @file WebGPU: whether this browser offers it, and TensorFlow.js' arithmetic for it, which is loaded only where it does. */

import type * as TensorFlow from '@tensorflow/tfjs';
import { watchHealth } from './health';
import type { Health } from './health';

/** What this page reads of WebGPU; TypeScript's types of pages have none of it yet. */
interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly architecture: string;
    readonly description: string;
  };
}
interface Gpu {
  requestAdapter(options: { readonly powerPreference: string }): Promise<Adapter | null>;
}
/** A graphics card in use. */
interface Device extends EventTarget {
  readonly lost: Promise<unknown>;
}

/** What offers it; undefined in browsers without, and where a page comes over plain http. */
const gpu = (navigator as { readonly gpu?: Gpu }).gpu;

/** The graphics card; null where none is offered, undefined where a program stands for it. */
async function findAdapter(software: RegExp): Promise<Adapter | null | undefined> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return null;
  const { info } = adapter;
  const isProgram =
    adapter.isFallbackAdapter === true ||
    info?.isFallbackAdapter === true ||
    software.test(`${info?.architecture ?? ''} ${info?.description ?? ''}`);
  return isProgram ? undefined : adapter;
}

/** What this browser does instead of offering WebGPU on a graphics card; null where it offers it. @param software names of programs that stand for cards */
export async function againstWebGpu(software: RegExp): Promise<string | null> {
  const adapter = await findAdapter(software).catch(() => null);
  if (adapter === undefined) return 'only emulates WebGPU';
  return adapter === null ? 'offers no WebGPU' : null;
}

/**
 * Loads what computes on it and sets it. TensorFlow.js has it as a script, which takes the library of a global name.
 * @param file address of the script
 * @throws Error where it does not work
 */
export async function setWebGpu(tf: typeof TensorFlow, file: string): Promise<Health> {
  if (!tf.engine().backendNames().includes('webgpu')) {
    const global = globalThis as { tf?: unknown };
    global.tf = tf;
    try {
      await new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.onload = resolve;
        script.onerror = () => reject(new Error(`${file}: cannot be loaded`));
        script.src = file;
        document.head.append(script);
      });
    } finally {
      delete global.tf;
    }
  }
  if (!(await tf.setBackend('webgpu'))) throw new Error('WebGPU cannot be set up');
  const { device } = tf.backend() as unknown as { readonly device: Device };
  return watchHealth((fail) => {
    // its errors throw nothing: what was computed is wrong
    device.addEventListener('uncapturederror', fail);
    void device.lost.then(fail);
  });
}
