/** @file Gradients of a network's variables, by their original names. */

import { withoutGradients } from '../engine/kernels/unneeded-gradients';
import { recordPass } from '../engine/recorded-pass';
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
  const pass = recordPass(loss);
  const value = tf.clone(pass.output);
  return { value, gradients: gradientsOfPass(pass, variables, undefined, firstFilter) };
}

/** Runs a recorded pass backwards. @param gradient with respect to its output; none where that is the loss */
export function gradientsOfPass<T extends tf.Tensor>(
  pass: RecordedPass<T>,
  variables: Variables,
  gradient: T | undefined,
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
