/** @file The part of tfjs-node's backend and addon that recording and calling functions need. */

import { nativeBackend } from '../kernels/native';
import type { NativeBackend, OpAttribute } from '../kernels/native';
import type { tf } from '../tf';

/** A tensor as the addon returns it. */
export interface TensorMeta {
  readonly id: number;
  readonly shape: number[];
  /** TensorFlow's number of the type. */
  readonly dtype: number;
}

/** The addon, as the backend calls it. */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMeta[];
}

/** What the backend knows of a tensor's data. */
interface TensorData {
  readonly id: number;
}

/** The backend, as far as it is used here. */
export type FunctionBackend = Omit<NativeBackend, 'binding'> & {
  binding: NativeBackend['binding'] & Binding;
  readonly tensorMap: { get(dataId: object): TensorData };
  /** The ids of tensors; writes to the device what is not there yet. */
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  getDTypeInteger(dtype: string): number;
};

/** The backend that computes. @throws Error where it is not TensorFlow's */
export const functionBackend = (): FunctionBackend => nativeBackend() as FunctionBackend;
