/** @file A forward pass as a value: its output now, its gradients whenever what the output should have been is known. */

import { tf } from './tf';

/** A forward pass whose activations are kept until it is run backwards, or disposed. */
export interface RecordedPass<T extends tf.Tensor> {
  /** Kept; {@link RecordedPass.backward} and {@link RecordedPass.dispose} free it. */
  readonly output: T;
  /**
   * Gradients of variables or other tensors, in their order; null where the output does not depend on one. The caller disposes them. Once.
   * @param gradient of a loss with respect to the output, of its shape; ones where the output is the loss
   */
  backward(variables: readonly tf.Tensor[], gradient?: T): (tf.Tensor | null)[];
  /** Frees the activations of a pass that is not run backwards. */
  dispose(): void;
}

type Tape = NonNullable<ReturnType<typeof tf.engine>['state']['activeTape']>;

/** Ops of which TensorFlow.js saves the inputs only to ask their gradients' shapes of them, which a disposed tensor still has. */
const SAVED_FOR_SHAPES: ReadonlySet<string> = new Set(['Add', 'Concat']);

/** Frees what no gradient reads. */
function freeShapes(tape: Tape): void {
  for (const { kernelName, saved = [] } of tape)
    if (SAVED_FOR_SHAPES.has(kernelName)) tf.dispose(saved);
}

/**
 * Has a tape free an op's activations, and the gradient of its output, as soon as those of its inputs are there. TensorFlow.js keeps
 * all of them until the last one is.
 * @param given to begin with; it stays the caller's
 */
function freeOnTheWay(tape: Tape, given: tf.Tensor | undefined): void {
  /** Gradients that have an owner: one that is passed on as it is gets another handle. */
  const owned = new WeakSet<tf.Tensor>(given ? [given] : []);
  let used: tf.Tensor[] = [];
  for (const node of tape) {
    const { gradient, saved = [] } = node;
    if (!gradient) continue;
    node.gradient = (dys) => {
      // the op after this one is done
      tf.dispose(used);
      used = [...saved, ...(dys as (tf.Tensor | null)[])].filter(
        (tensor) => tensor !== null && tensor !== given,
      ) as tf.Tensor[];
      for (const tensor of used) owned.add(tensor);
      const own = (tensor: tf.Tensor): tf.Tensor => {
        const one = owned.has(tensor) ? tf.clone(tensor) : tensor;
        owned.add(one);
        return one;
      };
      return Object.fromEntries(
        Object.entries(gradient(dys)).map(([input, take]) => [input, () => own(take())]),
      );
    };
  }
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
    freeShapes(tape);
  } finally {
    state.gradientDepth = 0;
    state.activeTape = outerTape;
  }
  return {
    output,
    backward: (variables, gradient) => {
      freeOnTheWay(tape, gradient);
      // the call begins a tape of its own, which the recorded one replaces; what is left of the activations is freed by it
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
