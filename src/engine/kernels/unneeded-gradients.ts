/**
 * @file Leaves out convolution gradients that nobody uses. TensorFlow.js computes those of input and filter together whenever it needs
 * one of them: the filters' of a frozen network, and the inputs' of a network's first layer, are thrown away unread.
 */

import { tf } from '../tf';
import { registeredKernel, replaceKernel } from './native';

/** What the backward passes inside do not need. */
export interface Unneeded {
  /** The gradients of all convolutions' filters: the networks are frozen. */
  readonly filters?: boolean;
  /** The gradient of what the convolution with this filter is given: it is a picture, not a variable. */
  readonly inputTo?: tf.Tensor | undefined;
}

/** Kept with the tape that it belongs to. */
const KEY = Symbol('ipcgan: gradients that nobody needs');
const stateOf = (): { [KEY]?: Unneeded | undefined } =>
  tf.engine().state as { [KEY]?: Unneeded | undefined };

/** Runs `compute`, whose backward passes get a scalar 0 in the place of each gradient named; inside another one, this one counts. */
export function withoutGradients<T>(unneeded: Unneeded, compute: () => T): T {
  const state = stateOf();
  const before = state[KEY];
  state[KEY] = unneeded;
  try {
    return compute();
  } finally {
    state[KEY] = before;
  }
}

/** Wraps the gradient kernels of convolutions, whichever they are by now. */
export function registerUnneededGradients(): void {
  const input = registeredKernel('Conv2DBackpropInput');
  const filter = registeredKernel('Conv2DBackpropFilter');
  replaceKernel('Conv2DBackpropInput', (args) => {
    const { filter: weights } = args.inputs as Record<'filter', tf.TensorInfo>;
    return stateOf()[KEY]?.inputTo?.dataId === weights.dataId ? tf.scalar(0) : input(args);
  });
  replaceKernel('Conv2DBackpropFilter', (args) =>
    stateOf()[KEY]?.filters === true ? tf.scalar(0) : filter(args),
  );
}
