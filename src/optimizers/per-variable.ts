/** @file Momentum with one copy of the weights, and AdamW with two, at a rate of each variable's own: what pretraining moves by. */

import { updateByAdamW, updateByMomentum } from '../engine/kernels/in-place-updates';
import { tf } from '../engine/tf';
import { toOptimizer } from './optimizer';
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

/** Numbers of an update for the variables of one factor: by these names and the factor. */
interface Rates {
  /** The learning rate times the factor. */
  readonly rate: tf.Scalar;
  /** Of Adam, with both bias corrections in it. */
  readonly corrected: tf.Scalar;
  /** Of Adam: what weight decay leaves of a weight. */
  readonly kept: tf.Scalar;
}

const RATES = ['rate', 'corrected', 'kept'] as const satisfies readonly (keyof Rates)[];
const numberName = (name: keyof Rates, factor: number): string => `${name}*${factor}`;

/** Moves one variable. */
type Move = (name: string, variable: tf.Variable, gradient: tf.Tensor, rates: Rates) => void;

/** How each kind moves a variable by the slots that it has for it. */
function moveOf(
  { optimizer, weightDecay }: PerVariableSettings,
  slot: (name: string, copy: string) => tf.Variable,
): Move {
  const decays = (name: string): boolean => weightDecay > 0 && name.endsWith('/weights');
  const momentum: Move = (name, variable, gradient, { rate }) => {
    const decay = decays(name) ? weightDecay : 0;
    const factors = { rate, momentum: MOMENTUM, decay };
    updateByMomentum(variable, slot(name, 'velocity'), gradient, factors);
  };
  const adam: Move = (name, variable, gradient, { corrected, kept }) => {
    const moments = { m: slot(name, 'm'), v: slot(name, 'v') };
    const numbers = { rate: corrected, kept: decays(name) ? kept : null };
    const factors = { ...numbers, beta1: BETA1, beta2: BETA2, epsilon: EPSILON };
    updateByAdamW(variable, moments, gradient, factors);
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
    const variable = variables.get(name) as tf.Variable;
    for (const copy of copies) {
      // made by TensorFlow, and now: before activations take the room that drawing the weights left
      const slot = tf.tidy(() => tf.variable(tf.zerosLike(variable), false));
      slots.set(`${name}/${copy}`, slot);
    }
  }
  const moveOne = moveOf(settings, (name, copy) => slots.get(`${name}/${copy}`) as tf.Variable);
  const distinct = [...new Set(factors.values())];
  return toOptimizer({
    variables,
    slots,
    numbersOf: (update, learningRate) => {
      const correction = Math.sqrt(1 - BETA2 ** update) / (1 - BETA1 ** update);
      return Object.fromEntries(
        distinct.flatMap((factor) => {
          const rate = learningRate * factor;
          const corrected = rate * correction;
          const values = { rate, corrected, kept: 1 - settings.weightDecay * rate };
          return RATES.map((name) => [numberName(name, factor), values[name]]);
        }),
      );
    },
    move: (gradients, numbers) => {
      const numberOf = (name: keyof Rates, factor: number): tf.Scalar =>
        numbers[numberName(name, factor)] as tf.Scalar;
      for (const [name, factor] of factors) {
        const variable = variables.get(name);
        const gradient = gradients[name];
        if (!variable || !gradient) continue;
        const rates: Rates = {
          rate: numberOf('rate', factor),
          corrected: numberOf('corrected', factor),
          kept: numberOf('kept', factor),
        };
        moveOne(name, variable, gradient, rates);
      }
      return null;
    },
    dispose: () => tf.dispose([...slots.values()]),
  });
}
