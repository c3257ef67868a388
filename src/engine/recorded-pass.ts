/** @file A forward pass as a value: its output now, its gradients whenever what the output should have been is known. */

import { tf } from './tf';

/** A forward pass whose activations are kept until it is run backwards, or disposed. */
export interface RecordedPass<T extends tf.Tensor> {
  /** Kept; {@link RecordedPass.backward} and {@link RecordedPass.dispose} free it. */
  readonly output: T;
  /**
   * Gradients of `variables`, in their order; null where the output does not depend on one. The caller disposes them. Once.
   * @param gradient of a loss with respect to the output, of its shape
   */
  backward(variables: readonly tf.Variable[], gradient: T): (tf.Tensor | null)[];
  /** Frees the activations of a pass that is not run backwards. */
  dispose(): void;
}

/**
 * Runs `compute` and records what its gradients need. Between the two halves anything may be computed, and differentiated: nothing
 * of that is recorded here. TensorFlow.js itself only knows both halves in one call, `tf.variableGrads`, whose numbers these are.
 */
export function recordPass<T extends tf.Tensor>(compute: () => T): RecordedPass<T> {
  const { state } = tf.engine();
  const { activeTape: outerTape, gradientDepth } = state;
  if (gradientDepth > 0)
    throw new Error('recordPass: expected no gradient being taken around it, got one');
  state.activeTape = [];
  state.gradientDepth = 1;
  let output: T;
  let tape: typeof state.activeTape;
  try {
    output = tf.keep(tf.tidy(compute));
    tape = state.activeTape;
  } finally {
    state.gradientDepth = 0;
    state.activeTape = outerTape;
  }
  return {
    output,
    backward: (variables, gradient) => {
      // the call begins a tape of its own, which the recorded one replaces; saved activations are freed by it
      const replay = (): T => {
        state.activeTape = tape;
        return output;
      };
      const { grads } = tf.engine().gradients(replay, [...variables], gradient, true);
      output.dispose();
      return (grads as (tf.Tensor | undefined)[]).map((one) => one ?? null);
    },
    dispose: () => {
      for (const { saved = [] } of tape) tf.dispose(saved.filter((tensor) => !tensor.isDisposed));
      output.dispose();
    },
  };
}
