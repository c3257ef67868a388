/** @file Adam in TensorFlow's form, on flat storage: one op of our own an update, or a dozen however many variables there are. */

import { adamUpdate } from '../engine/kernels/adam-update';
import { tf } from '../engine/tf';
import { toOptimizer } from './optimizer';
import type { Optimizer } from './optimizer';

/** Hyper-parameters of one optimiser, beside its learning rate. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  /** Added to √v *outside* the bias correction: TensorFlow's ε̂, not the paper's ε. */
  readonly epsilon: number;
}

/** The original's: β1 0.5, β2 0.999, ε 1e-8. */
export const ADAM: AdamSettings = { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };

/**
 * Variables keyed by name; gradients of a variable that the loss does not reach count as zero. Its slots are `m` and `v`, the moments
 * of all variables, concatenated in their order.
 */
export function createAdam(
  variables: ReadonlyMap<string, tf.Variable>,
  { beta1, beta2, epsilon }: AdamSettings = ADAM,
): Optimizer {
  const list = [...variables.values()];
  const total = list.reduce((sum, variable) => sum + variable.size, 0);
  // made by TensorFlow: they are moved in their place
  const zeros = (): tf.Variable => tf.tidy(() => tf.variable(tf.fill([total], 0), false));
  const m = zeros();
  const v = zeros();
  return toOptimizer({
    variables,
    slots: new Map([
      ['m', m],
      ['v', v],
    ]),
    numbersOf: (update, learningRate) => ({
      rate: (learningRate * Math.sqrt(1 - beta2 ** update)) / (1 - beta1 ** update),
    }),
    move: (gradients, numbers) =>
      tf.tidy(() => {
        const ordered = [...variables].map(
          ([name, variable]) => gradients[name] ?? tf.zeros(variable.shape),
        );
        const updated = adamUpdate(
          list,
          ordered,
          { m, v },
          { rate: numbers.rate as tf.Scalar, beta1, beta2, epsilon },
        );
        list.forEach((variable, i) => variable.assign(updated.variables[i] as tf.Tensor));
        return updated.norm;
      }),
    dispose: () => tf.dispose([m, v]),
  });
}
