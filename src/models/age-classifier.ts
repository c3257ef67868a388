/** @file The age classifier: its own three dense layers on the shared trunk (section 3.3 of the paper). */

import type { tf } from '../engine/tf';
import { ALEXNET_WIDTHS, dense } from './alexnet';
import type { AlexNetTrunk, AlexNetWidths } from './alexnet';

/** Raw scores of the age groups, [B,ageGroups]. */
export function ageLogits(trunk: AlexNetTrunk, ageGroups: number, widths: AlexNetWidths = ALEXNET_WIDTHS): tf.SymbolicTensor {
  const fc6 = dense(trunk.flat, 'age_fc6', widths.age_fc6);
  const fc7 = dense(fc6, 'age_fc7', widths.age_fc7);
  return dense(fc7, 'age_fc8', ageGroups, 'linear');
}
