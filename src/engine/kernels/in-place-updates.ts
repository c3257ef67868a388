/**
 * @file Updates of one variable that leave the new values where the old ones were: as ops of our own on the CPU, else composed of
 * TensorFlow's, with the same numbers to the last bit.
 */

import { tf } from '../tf';
import { hasNativeOps, nativeBackend, runNative, runNativeSingle } from './native';

/** What momentum goes by. */
export interface MomentumFactors {
  /** The learning rate: this update's. */
  readonly rate: tf.Scalar;
  readonly momentum: number;
  /** Share of the variable that is added to its gradient. */
  readonly decay: number;
}

/** What AdamW goes by. */
export interface AdamWFactors {
  /** The learning rate with both bias corrections in it: this update's. */
  readonly rate: tf.Scalar;
  /** What weight decay leaves of the variable; null for all of it. */
  readonly kept: tf.Scalar | null;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** A tensor with a variable's values in memory of their own; the caller disposes. */
const copyOf = (variable: tf.Variable): tf.Tensor =>
  runNativeSingle('DeepCopy', [variable], { T: { type: 'float32' } });

/** Copies a variable's values to memory of their own. */
const copyValues = (variable: tf.Variable): void =>
  tf.tidy(() => variable.assign(copyOf(variable)));

/** A variable's values as they are now, whatever becomes of it: no copy where nothing changes them in place. The caller disposes. */
export const keptValues = (variable: tf.Variable): tf.Tensor =>
  hasNativeOps() ? copyOf(variable) : tf.clone(variable);

/** Gives a variable values of its own where another tensor has the same ones: what is changed in place is nobody else's. */
export function ownValues(variable: tf.Variable): void {
  if (nativeBackend().refCount(variable.dataId) > 1) copyValues(variable);
}

/** Gives a variable values of its own that JavaScript made: a tensor of an array may lie in the array, which is its maker's. */
export function ownArray(variable: tf.Variable): void {
  if (hasNativeOps()) copyValues(variable);
}

/** Changes variables by an op of our own. */
function changeInPlace(
  op: string,
  gradient: tf.Tensor,
  variables: readonly tf.Variable[],
  numbers: readonly tf.Scalar[],
  attributes: Readonly<Record<string, number>>,
): void {
  variables.forEach(ownValues);
  const floats = Object.entries(attributes).map(([name, float]) => [name, { float }] as const);
  runNative(op, [gradient, ...variables, ...numbers], Object.fromEntries(floats), 0);
}

/** velocity ← momentum · velocity + (gradient + decay · variable), variable ← variable − rate · velocity. */
export function updateByMomentum(
  variable: tf.Variable,
  velocity: tf.Variable,
  gradient: tf.Tensor,
  factors: MomentumFactors,
): void {
  const { rate, momentum, decay } = factors;
  if (hasNativeOps())
    changeInPlace('IpcganMomentum', gradient, [variable, velocity], [rate], { momentum, decay });
  else composedMomentum(variable, velocity, gradient, factors);
}

/** The same from TensorFlow's ops: what the op of our own is tested against, and what runs where it is not. */
export function composedMomentum(
  variable: tf.Variable,
  velocity: tf.Variable,
  gradient: tf.Tensor,
  { rate, momentum, decay }: MomentumFactors,
): void {
  tf.tidy(() => {
    const slope = decay > 0 ? tf.add(gradient, tf.mul(variable, decay)) : gradient;
    velocity.assign(tf.add(tf.mul(velocity, momentum), slope));
    variable.assign(tf.sub(variable, tf.mul(velocity, rate)));
  });
}

/** m ← β1·m + (1−β1)·g, v ← β2·v + (1−β2)·g², variable ← kept · variable − rate · m / (√v + ε). */
export function updateByAdamW(
  variable: tf.Variable,
  moments: { readonly m: tf.Variable; readonly v: tf.Variable },
  gradient: tf.Tensor,
  factors: AdamWFactors,
): void {
  if (!hasNativeOps()) {
    composedAdamW(variable, moments, gradient, factors);
    return;
  }
  const { rate, kept, beta1, beta2, epsilon } = factors;
  const rest = { rest1: 1 - beta1, rest2: 1 - beta2 };
  tf.tidy(() =>
    changeInPlace(
      'IpcganAdamW',
      gradient,
      [variable, moments.m, moments.v],
      [rate, kept ?? tf.scalar(1)],
      { beta1, beta2, epsilon, ...rest },
    ),
  );
}

/** The same from TensorFlow's ops. */
export function composedAdamW(
  variable: tf.Variable,
  { m, v }: { readonly m: tf.Variable; readonly v: tf.Variable },
  gradient: tf.Tensor,
  { rate, kept, beta1, beta2, epsilon }: AdamWFactors,
): void {
  tf.tidy(() => {
    m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
    v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon));
    variable.assign(tf.sub(kept ? tf.mul(variable, kept) : variable, change));
  });
}
