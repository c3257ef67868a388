/**
 * @file The only importer of `@tensorflow/*`: the TensorFlow.js that every other file uses. Importing this file loads nothing; the native
 * library is loaded when the engine is opened (open-engine.ts).
 */

import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';

/** A process has one TensorFlow; this is where it stands once it is loaded. */
const engine: { tensorFlow: typeof TensorFlow | null; onFirstUse: (() => void) | null } = {
  tensorFlow: null,
  onFirstUse: null,
};

/** Whether TensorFlow is loaded. */
export const isTensorFlowLoaded = (): boolean => engine.tensorFlow !== null;

/** Loads TensorFlow's native library, where it is not loaded. @throws Error when the addon is missing or does not load */
export function loadTensorFlow(): void {
  engine.tensorFlow ??= require('@tensorflow/tfjs-node-gpu') as typeof TensorFlow;
}

/** Has `open` called when TensorFlow is used before it was loaded, in the place of an error: for tests. */
export function openOnFirstUse(open: () => void): void {
  engine.onFirstUse = open;
}

function loaded(): typeof TensorFlow {
  if (engine.tensorFlow === null) engine.onFirstUse?.();
  if (engine.tensorFlow === null)
    throw new Error(
      'tf: expected an open engine, got none. Call `await openEngine()` before anything computes.',
    );
  return engine.tensorFlow;
}

/** TensorFlow.js, looked up at every use. @throws Error from any use before the engine is open */
export const tf = new Proxy({} as typeof TensorFlow, {
  get: (_, name) => Reflect.get(loaded(), name) as unknown,
  has: (_, name) => Reflect.has(loaded(), name),
});

/** The types of TensorFlow.js that are used here. */
export declare namespace tf {
  type Tensor<R extends TensorFlow.Rank = TensorFlow.Rank> = TensorFlow.Tensor<R>;
  type Scalar = TensorFlow.Scalar;
  type Tensor1D = TensorFlow.Tensor1D;
  type Tensor2D = TensorFlow.Tensor2D;
  type Tensor3D = TensorFlow.Tensor3D;
  type Tensor4D = TensorFlow.Tensor4D;
  type Variable<R extends TensorFlow.Rank = TensorFlow.Rank> = TensorFlow.Variable<R>;
  type TensorInfo = TensorFlow.TensorInfo;
  type Rank = TensorFlow.Rank;
  namespace Rank {
    type R3 = TensorFlow.Rank.R3;
    type R4 = TensorFlow.Rank.R4;
  }
  type Shape = TensorFlow.Shape;
  type SymbolicTensor = TensorFlow.SymbolicTensor;
  type LayersModel = TensorFlow.LayersModel;
  type GraphModel = TensorFlow.GraphModel;
  type LayerVariable = TensorFlow.LayerVariable;
  type KernelConfig = TensorFlow.KernelConfig;
  type KernelFunc = TensorFlow.KernelFunc;
  type GradConfig = TensorFlow.GradConfig;
  type GradSaveFunc = TensorFlow.GradSaveFunc;
  namespace layers {
    type Layer = TensorFlow.layers.Layer;
  }
  namespace serialization {
    type ConfigDict = TensorFlow.serialization.ConfigDict;
  }
}

/** Something that can be made only with TensorFlow there, such as a class of layers: made when it is first asked for. */
export function onceLoaded<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
