/** @file Tells TensorBoard's HPARAMS page which settings a sweep varies and which scalars to compare its runs by. */

import { createEventWriter } from 'tensorboard-logger-ts';
import type { HparamMetric } from 'tensorboard-logger-ts';
import { defaultOf } from '../config/key';
import { COMPARED_METRICS, EVALUATION_FIGURES, settingOf } from '../config/metric-names';
import { VERB_KEYS } from '../config/schema';
import { EVALUATION_FOLDER } from '../runs/run-dir';
import { sweptSettings } from './expand';
import type { Sweep } from './plan';

type Planned = Pick<Sweep, 'directory' | 'definition' | 'runs'>;

/** Whether all runs have a metric: TensorBoard's parallel coordinates leave out a run that lacks one of those compared. */
function isMeasuredByAll(name: string, { definition: { base }, runs }: Planned): boolean {
  const weight = settingOf(name);
  if (weight === null) return true;
  return runs.every(
    ({ parameters }) =>
      Number(parameters[weight] ?? base[weight] ?? defaultOf(VERB_KEYS.train[weight])) > 0,
  );
}

/** The sweep's metric, then others worth comparing. Keys of metrics.jsonl end in `_loss`; what does not is an evaluation's. */
function metricsCompared(sweep: Planned): HparamMetric[] {
  const { metric, evaluation } = sweep.definition;
  const name = metric.name.replace(/^figures\./, '');
  const others = [...(evaluation === null ? [] : EVALUATION_FIGURES), ...COMPARED_METRICS].filter(
    (one) => isMeasuredByAll(one, sweep),
  );
  const isFigure = (one: string): boolean => evaluation !== null && !one.endsWith('_loss');
  return [...new Set([name, ...others])].map((one) =>
    isFigure(one)
      ? { group: EVALUATION_FOLDER, tag: `${EVALUATION_FOLDER}/${one}`, displayName: one }
      : one,
  );
}

/**
 * Writes an event file into the sweep's directory. Every run logs all of its settings itself; by this file
 * `tensorboard --logdir SWEEP` shows those that the sweep varies, and the metrics worth comparing.
 */
export function writeExperiment(sweep: Planned): void {
  const { directory, definition, runs } = sweep;
  const values = sweptSettings(definition).flatMap((name) => {
    // what is nothing in one run is a number in another
    const value = runs
      .map(({ parameters }) => parameters[name])
      .find((one) => one !== undefined && one !== null);
    return value === undefined
      ? []
      : [[name, Array.isArray(value) ? value.join(',') : value] as const];
  });
  const writer = createEventWriter({ directory });
  writer.hparamsExperiment(Object.fromEntries(values), metricsCompared(sweep));
  writer.close();
}
