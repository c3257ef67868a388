/** @file Tells TensorBoard's HPARAMS page which settings a sweep varies and which scalars to compare its runs by. */

import { createEventWriter } from 'tensorboard-logger-ts';
import type { HparamMetric } from 'tensorboard-logger-ts';
import type { SweepDefinition } from '../../config/sweep-file';
import { EVALUATION_FOLDER } from '../run-dir';
import { sweptSettings } from './expand';
import type { Sweep } from './plan';

/** Scalars of every run, beside the sweep's own metric. */
const METRICS = ['held_out_fea_loss', 'held_out_age_loss', 'd_loss', 'g_loss'];
/** What an evaluation says of identity and age. */
const FIGURES = ['identity', 'age'];

/** The sweep's metric, then others worth comparing. Keys of metrics.jsonl end in `_loss`; what does not is an evaluation's. */
function metricsCompared({ metric, evaluation }: SweepDefinition): HparamMetric[] {
  const name = metric.name.replace(/^figures\./, '');
  const names = [...new Set([name, ...(evaluation === null ? [] : FIGURES), ...METRICS])];
  const isFigure = (one: string): boolean => evaluation !== null && !one.endsWith('_loss');
  return names.map((one) => (isFigure(one) ? { group: EVALUATION_FOLDER, tag: `${EVALUATION_FOLDER}/${one}`, displayName: one } : one));
}

/**
 * Writes an event file into the sweep's directory. Every run logs all of its settings itself; by this file
 * `tensorboard --logdir SWEEP` shows those that the sweep varies, and the metrics worth comparing.
 */
export function writeExperiment({ directory, definition, runs }: Pick<Sweep, 'directory' | 'definition' | 'runs'>): void {
  const parameters = runs[0]?.parameters ?? {};
  const values = sweptSettings(definition).flatMap((name) => {
    const value = parameters[name];
    return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value] as const];
  });
  const writer = createEventWriter({ directory });
  writer.hparamsExperiment(Object.fromEntries(values), metricsCompared(definition));
  writer.close();
}
