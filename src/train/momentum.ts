/** @file Gradient descent with momentum: one slot a variable, which the 54 million weights of AlexNet's dense layers can afford. */

import { tf } from '../engine/tf';

/** Hyper-parameters of {@link createMomentum}. */
export interface MomentumSettings {
  readonly learningRate: number;
  readonly momentum: number;
  /** L2 penalty on weights, not on biases. */
  readonly weightDecay: number;
}

/** The original AlexNet's (section 5 of its paper). */
export const MOMENTUM = { momentum: 0.9, weightDecay: 5e-4 } as const;

/** An optimiser bound to variables. */
export interface MomentumOptimizer {
  /** v ← μ·v + g + λ·w; w ← w − η·v. Does not dispose the gradients. */
  apply(gradients: Readonly<Record<string, tf.Tensor>>): void;
  dispose(): void;
}

/** Variables by their original names; `…/biases` are not decayed. */
export function createMomentum(variables: ReadonlyMap<string, tf.Variable>, settings: MomentumSettings): MomentumOptimizer {
  const { learningRate, momentum, weightDecay } = settings;
  const slots = new Map([...variables].map(([name, { shape }]) => [name, tf.tidy(() => tf.variable(tf.zeros(shape), false))]));
  return {
    apply: (gradients) => {
      for (const [name, variable] of variables) {
        const [slot, gradient] = [slots.get(name), gradients[name]];
        if (!slot || !gradient) continue;
        tf.tidy(() => {
          const decayed = name.endsWith('/weights') ? tf.add(gradient, tf.mul(variable, weightDecay)) : gradient;
          slot.assign(tf.add(tf.mul(slot, momentum), decayed));
          variable.assign(tf.sub(variable, tf.mul(slot, learningRate)));
        });
      }
    },
    dispose: () => tf.dispose([...slots.values()]),
  };
}
