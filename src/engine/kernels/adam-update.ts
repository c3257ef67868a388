/** @file One update of Adam for many variables at once: as an op of our own on the CPU, else composed of TensorFlow's. */

import { tf } from '../tf';
import { ownValues } from './in-place-updates';
import { hasNativeOps, runNative } from './native';
import { splitAligned } from './split-aligned';

/** The moments of all variables, concatenated in their order. */
export interface Moments {
  readonly m: tf.Variable;
  readonly v: tf.Variable;
}

/** How far an update goes. */
export interface AdamFactors {
  /** The learning rate with both bias corrections in it: this update's. */
  readonly rate: tf.Scalar;
  readonly beta1: number;
  readonly beta2: number;
  /** Added to √v, outside the bias correction. */
  readonly epsilon: number;
}

/** What an update gives; the surrounding tidy owns it. */
export interface AdamUpdate {
  readonly variables: readonly tf.Tensor[];
  /** l2 norm of all gradients together. */
  readonly norm: tf.Scalar;
}

/**
 * m ← β1·m + (1−β1)·g, v ← β2·v + (1−β2)·g², and w − rate · m / (√v + ε); gradients have their variables' shapes. The moments are moved,
 * the variables are not.
 */
export function adamUpdate(
  variables: readonly tf.Tensor[],
  gradients: readonly tf.Tensor[],
  moments: Moments,
  factors: AdamFactors,
): AdamUpdate {
  return hasNativeOps()
    ? nativeUpdate(variables, gradients, moments, factors)
    : composedUpdate(variables, gradients, moments, factors);
}

function nativeUpdate(
  variables: readonly tf.Tensor[],
  gradients: readonly tf.Tensor[],
  { m, v }: Moments,
  { rate, beta1, beta2, epsilon }: AdamFactors,
): AdamUpdate {
  const count = variables.length;
  [m, v].forEach(ownValues);
  const attributes = {
    N: { ints: count },
    beta1: { float: beta1 },
    beta2: { float: beta2 },
    epsilon: { float: epsilon },
  };
  const outputs = runNative(
    'IpcganAdam',
    [...gradients, ...variables, m, v, rate],
    attributes,
    count + 1,
  );
  return { variables: outputs.slice(0, count), norm: outputs[count] as tf.Scalar };
}

// a reshape is a kernel, too: most variables are vectors, and need none
const flat = (tensor: tf.Tensor): tf.Tensor1D =>
  tensor.rank === 1 ? (tensor as tf.Tensor1D) : tf.reshape(tensor, [tensor.size]);
const shaped = (tensor: tf.Tensor, shape: number[]): tf.Tensor =>
  shape.length === 1 ? tensor : tf.reshape(tensor, shape);
const flatten = (tensors: readonly tf.Tensor[]): tf.Tensor1D => tf.concat1d(tensors.map(flat));

/** The same from TensorFlow's ops: what the op of our own is tested against, and what runs where it is not. */
export function composedUpdate(
  variables: readonly tf.Tensor[],
  gradients: readonly tf.Tensor[],
  moments: Moments,
  { rate, beta1, beta2, epsilon }: AdamFactors,
): AdamUpdate {
  const g = flatten(gradients);
  const m = tf.add(tf.mul(moments.m, beta1), tf.mul(g, 1 - beta1));
  const v = tf.add(tf.mul(moments.v, beta2), tf.mul(tf.square(g), 1 - beta2));
  const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon));
  moments.m.assign(m);
  moments.v.assign(v);
  const sizes = variables.map((variable) => variable.size);
  const moved = splitAligned(tf.sub(flatten(variables), change), sizes);
  return {
    variables: variables.map(({ shape }, i) => shaped(moved[i] as tf.Tensor, shape)),
    // not tf.norm: it raises 7 million numbers to a power
    norm: tf.sqrt(tf.sum(tf.square(g))).asScalar(),
  };
}
