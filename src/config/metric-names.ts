/** @file Names of the numbers that a line of a run's metrics.jsonl has. */

import { adversarialTerm } from '../losses/adversarial';
import { heldOutMetricOf, metricOf } from '../losses/term';
import { LOSS_TERMS } from '../losses/terms';

/** Terms that are also measured on held-out faces. */
const HELD_OUT_TERMS = LOSS_TERMS.filter((term) => 'isHeldOut' in term);

/** Their names there. */
export const HELD_OUT_METRICS: readonly string[] = HELD_OUT_TERMS.map(heldOutMetricOf);

/** What runs are compared by: what perceptual networks say of held-out faces, and how the two players stand. */
export const COMPARED_METRICS: readonly string[] = [
  ...HELD_OUT_METRICS,
  'd_loss',
  metricOf(adversarialTerm),
];

/** What an evaluation says of identity and age. */
export const EVALUATION_FIGURES: readonly string[] = ['identity', 'age'];

/** All of them, in the order in which a line has them. */
export const METRIC_NAMES: readonly string[] = [
  ...['d_loss', 'd_real', 'd_mislabelled', 'd_fake', 'd_gradient_norm'],
  ...LOSS_TERMS.map(metricOf),
  'g_gradient_norm',
  ...HELD_OUT_METRICS,
  'images_per_second',
];

/** The setting without which a run does not measure a metric; null for one that every run has. */
export const settingOf = (
  metric: string,
): `${(typeof LOSS_TERMS)[number]['name']}_loss_weight` | null => {
  const term = HELD_OUT_TERMS.find((one) => heldOutMetricOf(one) === metric);
  return term ? `${term.name}_loss_weight` : null;
};
