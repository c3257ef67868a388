/** @file Momentum with one copy of the weights, and AdamW with two, at a rate of each variable's own: what pretraining moves by. */

import { tf } from '../engine/tf';
import type { Optimizer } from './optimizer';

/** Momentum of gradient descent, and Adam's constants (its paper's). */
const MOMENTUM = 0.9;
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Which, and how weights decay; biases and batch norm's factors do not. */
export interface PerVariableSettings {
  readonly optimizer: 'momentum' | 'adam';
  readonly weightDecay: number;
}

/** Moves one variable. */
type Move = (
  name: string,
  variable: tf.Variable,
  gradient: tf.Tensor,
  rate: number,
  update: number,
) => void;

/** How each kind moves a variable by the slots that it has for it. */
function moveOf(
  { optimizer, weightDecay }: PerVariableSettings,
  slot: (name: string, copy: string) => tf.Variable,
): Move {
  const decayOf = (name: string): number => (name.endsWith('/weights') ? weightDecay : 0);
  const momentum: Move = (name, variable, gradient, rate) => {
    const velocity = slot(name, 'velocity');
    const decay = decayOf(name);
    const slope = decay > 0 ? tf.add(gradient, tf.mul(variable, decay)) : gradient;
    velocity.assign(tf.add(tf.mul(velocity, MOMENTUM), slope));
    variable.assign(tf.sub(variable, tf.mul(velocity, rate)));
  };
  const adam: Move = (name, variable, gradient, rate, update) => {
    const m = slot(name, 'm');
    const v = slot(name, 'v');
    m.assign(tf.add(tf.mul(m, BETA1), tf.mul(gradient, 1 - BETA1)));
    v.assign(tf.add(tf.mul(v, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
    const corrected = (rate * Math.sqrt(1 - BETA2 ** update)) / (1 - BETA1 ** update);
    const change = tf.div(tf.mul(m, corrected), tf.add(tf.sqrt(v), EPSILON));
    const decay = decayOf(name) * rate;
    variable.assign(tf.sub(decay > 0 ? tf.mul(variable, 1 - decay) : variable, change));
  };
  return optimizer === 'adam' ? adam : momentum;
}

/** @param factors of the variables that learn, times the rate of the update */
export function createPerVariableOptimizer(
  variables: ReadonlyMap<string, tf.Variable>,
  factors: ReadonlyMap<string, number>,
  settings: PerVariableSettings,
): Optimizer {
  const slots = new Map<string, tf.Variable>();
  const copies = settings.optimizer === 'adam' ? ['m', 'v'] : ['velocity'];
  for (const name of factors.keys()) {
    const { shape } = variables.get(name) as tf.Variable;
    for (const copy of copies) {
      const slot = tf.tidy(() => tf.variable(tf.zeros(shape), false));
      slots.set(`${name}/${copy}`, slot);
    }
  }
  const move = moveOf(settings, (name, copy) => slots.get(`${name}/${copy}`) as tf.Variable);
  const optimizer: Optimizer = {
    variables,
    updates: 0,
    slots,
    apply: (gradients, learningRate) => {
      optimizer.updates++;
      for (const [name, factor] of factors) {
        const variable = variables.get(name);
        const gradient = gradients[name];
        if (variable && gradient)
          tf.tidy(() => move(name, variable, gradient, learningRate * factor, optimizer.updates));
      }
      return null;
    },
    dispose: () => tf.dispose([...slots.values()]),
  };
  return optimizer;
}
