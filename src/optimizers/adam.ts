/** @file Adam in TensorFlow's form, on flat storage: one op of our own an update, or a dozen however many variables there are. */

import { adamUpdate } from '../engine/kernels/adam-update';
import { tf } from '../engine/tf';

/** Hyper-parameters of one optimiser. */
export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Added to √v *outside* the bias correction: TensorFlow's ε̂, not the paper's ε. */
  readonly epsilon: number;
}

/** The original's: β1 0.5, β2 0.999, ε 1e-8. */
export const ADAM = { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 } as const;

/** What a resumed run needs besides the variables themselves. */
export interface AdamState {
  /** Updates done. */
  readonly updates: number;
  /** First and second moments of all variables, concatenated in their order. */
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** An optimiser bound to an ordered set of variables. */
export interface Adam {
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Moves the variables by one update; gradients by name, of each variable's shape. Does not dispose them. Returns their l2 norm. */
  apply(gradients: Readonly<Record<string, tf.Tensor>>): tf.Scalar;
  state(): Promise<AdamState>;
  restore(state: AdamState): void;
  dispose(): void;
}

/** Variables keyed by name; gradients of a variable that the loss does not reach count as zero. */
export function createAdam(
  variables: ReadonlyMap<string, tf.Variable>,
  settings: AdamSettings,
): Adam {
  const { learningRate, beta1, beta2, epsilon } = settings;
  const list = [...variables.values()];
  const sizes = list.map((variable) => variable.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const zeros = (): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([total]), false));
  const [m, v] = [zeros(), zeros()];
  let updates = 0;

  return {
    variables,
    apply: (gradients) =>
      tf.tidy(() => {
        updates++;
        const rate = (learningRate * Math.sqrt(1 - beta2 ** updates)) / (1 - beta1 ** updates);
        const ordered = [...variables].map(
          ([name, variable]) => gradients[name] ?? tf.zeros(variable.shape),
        );
        const updated = adamUpdate(list, ordered, { m, v }, { rate, beta1, beta2, epsilon });
        m.assign(updated.m);
        v.assign(updated.v);
        list.forEach((variable, i) => variable.assign(updated.variables[i] as tf.Tensor));
        return updated.norm;
      }),
    state: async () => ({
      updates,
      m: (await m.data()) as Float32Array,
      v: (await v.data()) as Float32Array,
    }),
    restore: (state) => {
      if (state.m.length !== total || state.v.length !== total) {
        throw new Error(
          `optimiser state: expected ${total} moments, got ${state.m.length} and ${state.v.length}`,
        );
      }
      updates = state.updates;
      tf.tidy(() => m.assign(tf.tensor1d(state.m)));
      tf.tidy(() => v.assign(tf.tensor1d(state.v)));
    },
    dispose: () => tf.dispose([m, v]),
  };
}
