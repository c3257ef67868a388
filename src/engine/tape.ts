/** @file Takes a backward pass apart: work beside the gradient tape, and a gradient that is already known. */

import { tf } from './tf';

/**
 * Runs `compute` as if no gradient were being recorded, inside one that is: its ops leave nothing on the outer tape, and gradients
 * that it takes are its own. This lets one forward pass of the generator serve the discriminator's update and its own.
 */
export function besideTape<T>(compute: () => T): T {
  const { state } = tf.engine();
  const { activeTape, gradientDepth } = state;
  // TensorFlow.js has one tape; with depth 0 it records nothing and starts a new one for gradients that are asked for
  state.gradientDepth = 0;
  try {
    return compute();
  } finally {
    state.gradientDepth = gradientDepth;
    state.activeTape = activeTape;
  }
}

/** A scalar 0 whose gradient with respect to `x` is `gradient` (same shape): hands a gradient that was computed apart to the tape. */
export function withKnownGradient(x: tf.Tensor, gradient: tf.Tensor): tf.Scalar {
  const known = tf.customGrad((...inputs) => {
    const save = inputs.at(-1) as tf.GradSaveFunc;
    save([gradient]);
    return {
      value: tf.scalar(0),
      gradFunc: (_dy: tf.Tensor, saved: tf.Tensor[]) => saved.map((tensor) => tf.clone(tensor)),
    };
  });
  return known(x);
}
