/** @file Adam in TensorFlow's form, on flat storage: a dozen ops a step however many variables there are. */

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
export function createAdam(variables: ReadonlyMap<string, tf.Variable>, settings: AdamSettings): Adam {
  const { learningRate, beta1, beta2, epsilon } = settings;
  const list = [...variables.values()];
  const sizes = list.map((variable) => variable.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const zeros = (): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([total]), false));
  const [m, v] = [zeros(), zeros()];
  let updates = 0;

  // a reshape is a kernel, too: most variables are vectors, and need none
  const flat = (tensor: tf.Tensor): tf.Tensor1D => (tensor.rank === 1 ? (tensor as tf.Tensor1D) : tf.reshape(tensor, [tensor.size]));
  const shaped = (tensor: tf.Tensor, shape: number[]): tf.Tensor => (shape.length === 1 ? tensor : tf.reshape(tensor, shape));
  const flatten = (tensors: readonly tf.Tensor[]): tf.Tensor1D => tf.concat1d(tensors.map(flat));

  return {
    variables,
    apply: (gradients) =>
      tf.tidy(() => {
        updates++;
        const g = flatten([...variables].map(([name, variable]) => gradients[name] ?? tf.zeros(variable.shape)));
        m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
        v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
        const rate = (learningRate * Math.sqrt(1 - beta2 ** updates)) / (1 - beta1 ** updates);
        const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon));
        const moved = tf.split(tf.sub(flatten(list), change), sizes);
        list.forEach((variable, i) => variable.assign(shaped(moved[i] as tf.Tensor, variable.shape)));
        // not tf.norm: it raises 7 million numbers to a power
        return tf.sqrt(tf.sum(tf.square(g))).asScalar();
      }),
    state: async () => ({ updates, m: (await m.data()) as Float32Array, v: (await v.data()) as Float32Array }),
    restore: (state) => {
      if (state.m.length !== total || state.v.length !== total) {
        throw new Error(`optimiser state: expected ${total} moments, got ${state.m.length} and ${state.v.length}`);
      }
      updates = state.updates;
      tf.tidy(() => m.assign(tf.tensor1d(state.m)));
      tf.tidy(() => v.assign(tf.tensor1d(state.v)));
    },
    dispose: () => tf.dispose([m, v]),
  };
}
