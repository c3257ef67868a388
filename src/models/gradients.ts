/** @file Gradients of a network's variables, by their original names. */

import { withoutGradients } from '../engine/kernels/unneeded-gradients';
import { tf } from '../engine/tf';

/** A loss with the gradients that it has; both belong to the caller. */
export interface NamedGradients {
  readonly value: tf.Scalar;
  readonly gradients: Record<string, tf.Tensor>;
}

/**
 * Gradients of `loss` with respect to `variables` only: this is what keeps an update to its own network.
 * @param firstFilter of the convolution that takes the picture: the picture's own gradient is not computed
 */
export function gradientsOf(
  variables: ReadonlyMap<string, tf.Variable>,
  loss: () => tf.Scalar,
  firstFilter?: tf.Variable,
): NamedGradients {
  const { value, grads } = withoutGradients({ inputTo: firstFilter }, () =>
    tf.variableGrads(loss, [...variables.values()]),
  );
  const gradients: Record<string, tf.Tensor> = {};
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient) gradients[name] = gradient;
  }
  return { value, gradients };
}
