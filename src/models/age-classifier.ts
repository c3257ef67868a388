/** @file The age classifier: its own three dense layers on the shared trunk (section 3.3 of the paper). */

import type { tf } from '../engine/tf';
import { ALEXNET_WIDTHS, dense, linear, NO_TRAINING_LAYERS } from './alexnet';
import type { AlexNetTrunk, AlexNetWidths } from './alexnet';

/** Raw scores of the age groups, [B,ageGroups]. */
export function ageLogits(
  trunk: AlexNetTrunk,
  ageGroups: number,
  widths: AlexNetWidths = ALEXNET_WIDTHS,
  training = NO_TRAINING_LAYERS,
): tf.SymbolicTensor {
  const fc6 = dense(trunk.flat, 'age_fc6', widths.age_fc6, training);
  const fc7 = dense(fc6, 'age_fc7', widths.age_fc7, training);
  return linear(fc7, 'age_fc8', ageGroups);
}
