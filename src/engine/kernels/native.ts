/** @file Calls a TensorFlow op by name through the `tensorflow` backend, for ops that TensorFlow.js has no kernel for. */

import { tf } from '../tf';

/** The backend's name under which kernels are registered. */
export const BACKEND = 'tensorflow';

/** An attribute of an op, as the addon takes it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of tfjs-node's backend that kernels use. */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
  };
  /** How many tensors have the same values. */
  refCount(dataId: object): number;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

function isNativeBackend(backend: object): backend is NativeBackend {
  return 'executeMultipleOutputs' in backend && 'binding' in backend;
}

/** @throws Error where another backend computes */
export function nativeBackend(): NativeBackend {
  const backend: object = tf.backend();
  if (!isNativeBackend(backend)) {
    throw new Error(
      `src/engine/kernels: expected the '${BACKEND}' backend, got '${tf.getBackend()}'. Run in Node with the engine installed.`,
    );
  }
  return backend;
}

/** Whether the engine computes on a GPU, whose own kernels (cuDNN) are left alone. */
export function isGpu(): boolean {
  return nativeBackend().isUsingGpuDevice;
}

/** What stands in the registry where our own ops (src/engine/native) are loaded and the engine computes on the CPU. */
const NATIVE_OPS = 'IpcganNativeOps';

/** Says from now on that they are there. */
export function markNativeOps(): void {
  tf.registerKernel({ kernelName: NATIVE_OPS, backendName: BACKEND, kernelFunc: () => [] });
}

/** Whether our own ops can be run here. */
export const hasNativeOps = (): boolean =>
  (tf.getKernel(NATIVE_OPS, tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;

/** One attribute of a TensorFlow op, by the kind that its definition names. */
export type AttributeValue =
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly ints: number | readonly number[] }
  | { readonly type: 'float32' | 'int32' };

function toOpAttribute(
  name: string,
  value: AttributeValue,
  { binding }: NativeBackend,
): OpAttribute {
  if ('float' in value) return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
  if ('bool' in value) return { name, type: binding.TF_ATTR_BOOL, value: value.bool };
  if ('string' in value) return { name, type: binding.TF_ATTR_STRING, value: value.string };
  if ('ints' in value) return { name, type: binding.TF_ATTR_INT, value: value.ints };
  return {
    name,
    type: binding.TF_ATTR_TYPE,
    value: value.type === 'float32' ? binding.TF_FLOAT : binding.TF_INT32,
  };
}

/** Runs a TensorFlow op and returns its `outputs` tensors, which the surrounding tidy owns. */
export function runNative(
  name: string,
  inputs: tf.TensorInfo[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  outputs = 1,
): tf.Tensor[] {
  const backend = nativeBackend();
  const list = Object.entries(attributes).map(([key, value]) => toOpAttribute(key, value, backend));
  return backend.executeMultipleOutputs(name, list, inputs, outputs);
}

/** {@link runNative} for an op with one output. */
export function runNativeSingle(
  name: string,
  inputs: tf.TensorInfo[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): tf.Tensor {
  const [output] = runNative(name, inputs, attributes, 1);
  if (output === undefined) throw new Error(`${name}: expected one output, got none`);
  return output;
}

/** The kernel that is registered for the backend now, to fall back on from one that replaces it. @throws when there is none. */
export function registeredKernel(name: string): tf.KernelFunc {
  const kernel = tf.getKernel(name, BACKEND);
  // the type says that it is always there; for a name that the backend lacks it is not
  if ((kernel as tf.KernelConfig | undefined) === undefined)
    throw new Error(`kernel ${name}: not registered for backend ${BACKEND}`);
  return kernel.kernelFunc;
}

/** Puts a kernel in the place of the one registered under its name. */
export function replaceKernel(name: string, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(name, BACKEND);
  tf.registerKernel({ kernelName: name, backendName: BACKEND, kernelFunc });
}

/** Puts a gradient in the place of the one registered under its kernel's name. */
export function replaceGradient(config: tf.GradConfig): void {
  tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}
