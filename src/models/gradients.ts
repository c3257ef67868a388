/** @file Gradients of a network's variables, by their original names. */

import { withoutGradients } from '../engine/kernels/unneeded-gradients';
import type { RecordedPass } from '../engine/recorded-pass';
import { tf } from '../engine/tf';

/** Gradients by name; a variable that the loss does not reach has none. They belong to whoever asked for them. */
export type NamedGradients = Record<string, tf.Tensor>;

type Variables = ReadonlyMap<string, tf.Variable>;

/**
 * Gradients of `loss` with respect to `variables` only: this is what keeps an update to its own network.
 * @param firstFilter of the convolution that takes the picture: the picture's own gradient is not computed
 */
export function gradientsOf(
  variables: Variables,
  loss: () => tf.Scalar,
  firstFilter?: tf.Variable,
): { readonly value: tf.Scalar; readonly gradients: NamedGradients } {
  const { value, grads } = withoutGradients({ inputTo: firstFilter }, () =>
    tf.variableGrads(loss, [...variables.values()]),
  );
  const gradients: NamedGradients = {};
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient) gradients[name] = gradient;
  }
  return { value, gradients };
}

/** Runs a recorded pass backwards. @param gradient with respect to its output */
export function gradientsOfPass(
  pass: RecordedPass<tf.Tensor4D>,
  variables: Variables,
  gradient: tf.Tensor4D,
  firstFilter?: tf.Variable,
): NamedGradients {
  const list = withoutGradients({ inputTo: firstFilter }, () =>
    pass.backward([...variables.values()], gradient),
  );
  const gradients: NamedGradients = {};
  for (const [i, name] of [...variables.keys()].entries()) {
    const one = list[i];
    if (one) gradients[name] = one;
  }
  return gradients;
}
