/** @file DeepFace (Taigman et al. 2014), as Keras names its layers: the original's judge of identity. */

import { tf } from '../engine/tf';
import { locallyConnected2d } from './layers/locally-connected-2d';

/** Height and width of its input, in pixels. */
export const DEEPFACE_SIZE = 152;

/** Channels and units by layer. */
export interface DeepFaceWidths {
  readonly C1: number;
  readonly C3: number;
  readonly L4: number;
  readonly L5: number;
  readonly L6: number;
  readonly F7: number;
}

/** The paper's. */
export const DEEPFACE_WIDTHS: DeepFaceWidths = { C1: 32, C3: 16, L4: 16, L5: 16, L6: 16, F7: 4096 };

/** Layers by the names that Keras 3 gives their classes. F8, the classifier over 8,631 people, is in the files and is not needed. */
export const DEEPFACE_CLASSES = {
  C1: 'conv2d',
  C3: 'conv2d_1',
  L4: 'locally_connected2d',
  L5: 'locally_connected2d_1',
  L6: 'locally_connected2d_2',
  F7: 'dense',
  F8: 'dense_1',
} as const;

const zeros = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;

const convolve = (
  x: tf.SymbolicTensor,
  name: string,
  filters: number,
  kernelSize: number,
): tf.SymbolicTensor =>
  tf.layers
    .conv2d({ name, filters, kernelSize, activation: 'relu', ...zeros })
    .apply(x) as tf.SymbolicTensor;

const local = (
  x: tf.SymbolicTensor,
  name: string,
  filters: number,
  kernelSize: number,
  strides: number,
): tf.SymbolicTensor =>
  locallyConnected2d({ name, filters, kernelSize, strides }).apply(x) as tf.SymbolicTensor;

/**
 * Builds it up to F7 with zero weights: [B,152,152,3], BGR / 255, → [B,F7] after ReLU. Dropout does nothing where nothing learns.
 * Differs: the notebook as committed compares the softmax behind F7, whose distances cannot reach its threshold; what it printed are F7's.
 */
export function buildDeepFace(widths: DeepFaceWidths = DEEPFACE_WIDTHS): tf.LayersModel {
  const image = tf.input({ shape: [DEEPFACE_SIZE, DEEPFACE_SIZE, 3], name: 'deepface/image' });
  let x = convolve(image, 'C1', widths.C1, 11); //                                                             [B, 142, 142, 32]
  x = tf.layers
    .maxPooling2d({ name: 'M2', poolSize: 3, strides: 2, padding: 'same' })
    .apply(x) as typeof x; // [B, 71, 71, 32]
  x = convolve(x, 'C3', widths.C3, 9); //                                                                      [B, 63, 63, 16]
  x = local(x, 'L4', widths.L4, 9, 1); //                                                                      [B, 55, 55, 16]
  x = local(x, 'L5', widths.L5, 7, 2); //                                                                      [B, 25, 25, 16]
  x = local(x, 'L6', widths.L6, 5, 1); //                                                                      [B, 21, 21, 16]
  const flat = tf.layers.flatten({ name: 'F0' }).apply(x) as tf.SymbolicTensor;
  const f7 = tf.layers
    .dense({ name: 'F7', units: widths.F7, activation: 'relu', ...zeros })
    .apply(flat) as tf.SymbolicTensor;
  return tf.model({ inputs: image, outputs: f7, name: 'deepface' });
}
