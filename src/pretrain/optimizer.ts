/** @file The optimisers of pretraining: momentum with one copy of the weights, AdamW with two; a rate for each variable. */

import { tf } from '../engine/tf';

/** Momentum of gradient descent, and Adam's constants (its paper's). */
const MOMENTUM = 0.9;
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8] as const;

/** Which, and how weights decay; biases and batch norm's factors do not. */
export interface OptimizerSettings {
  readonly optimizer: 'momentum' | 'adam';
  readonly weightDecay: number;
}

/** An optimiser bound to variables by name. */
export interface PretrainOptimizer {
  /** @param rate of this step @param update counts from 1. Does not dispose the gradients. */
  apply(gradients: Readonly<Record<string, tf.Tensor>>, rate: number, update: number): void;
  /** Everything that a resumed run needs, by name, in a fixed order. */
  readonly slots: ReadonlyMap<string, tf.Variable>;
  dispose(): void;
}

/** @param factors of the variables that learn, times the rate of the step */
export function createOptimizer(
  variables: ReadonlyMap<string, tf.Variable>,
  factors: ReadonlyMap<string, number>,
  { optimizer, weightDecay }: OptimizerSettings,
): PretrainOptimizer {
  const slots = new Map<string, tf.Variable>();
  const copies = optimizer === 'adam' ? ['m', 'v'] : ['velocity'];
  for (const name of factors.keys()) {
    const { shape } = variables.get(name) as tf.Variable;
    for (const copy of copies)
      slots.set(
        `${name}/${copy}`,
        tf.tidy(() => tf.variable(tf.zeros(shape), false)),
      );
  }
  const slot = (name: string, copy: string): tf.Variable =>
    slots.get(`${name}/${copy}`) as tf.Variable;
  const decayOf = (name: string): number => (name.endsWith('/weights') ? weightDecay : 0);

  const momentum = (
    name: string,
    variable: tf.Variable,
    gradient: tf.Tensor,
    rate: number,
  ): void => {
    const velocity = slot(name, 'velocity');
    const decay = decayOf(name);
    const slope = decay > 0 ? tf.add(gradient, tf.mul(variable, decay)) : gradient;
    velocity.assign(tf.add(tf.mul(velocity, MOMENTUM), slope));
    variable.assign(tf.sub(variable, tf.mul(velocity, rate)));
  };
  const adam = (
    name: string,
    variable: tf.Variable,
    gradient: tf.Tensor,
    rate: number,
    update: number,
  ): void => {
    const [m, v] = [slot(name, 'm'), slot(name, 'v')];
    m.assign(tf.add(tf.mul(m, BETA1), tf.mul(gradient, 1 - BETA1)));
    v.assign(tf.add(tf.mul(v, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
    const corrected = (rate * Math.sqrt(1 - BETA2 ** update)) / (1 - BETA1 ** update);
    const change = tf.div(tf.mul(m, corrected), tf.add(tf.sqrt(v), EPSILON));
    const decay = decayOf(name) * rate;
    variable.assign(tf.sub(decay > 0 ? tf.mul(variable, 1 - decay) : variable, change));
  };
  const move = optimizer === 'adam' ? adam : momentum;
  return {
    slots,
    apply: (gradients, rate, update) => {
      for (const [name, factor] of factors) {
        const [variable, gradient] = [variables.get(name), gradients[name]];
        if (variable && gradient)
          tf.tidy(() => move(name, variable, gradient, rate * factor, update));
      }
    },
    dispose: () => tf.dispose([...slots.values()]),
  };
}
