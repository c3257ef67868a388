/** @file Gradients of a network's variables, by their original names. */

import { tf } from '../engine/tf';

/** A loss with the gradients that it has; both belong to the caller. */
export interface NamedGradients {
  readonly value: tf.Scalar;
  readonly gradients: Record<string, tf.Tensor>;
}

/** Gradients of `loss` with respect to `variables` only: this is what keeps an update to its own network. */
export function gradientsOf(variables: ReadonlyMap<string, tf.Variable>, loss: () => tf.Scalar): NamedGradients {
  const { value, grads } = tf.variableGrads(loss, [...variables.values()]);
  const gradients: Record<string, tf.Tensor> = {};
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient) gradients[name] = gradient;
  }
  return { value, gradients };
}
