/** @file What a run writes down of itself while it trains: its description, a line and a scalar a logged step. */

import { createEventWriter, truncateEventFiles } from 'tensorboard-logger-ts';
import type { EventWriter } from 'tensorboard-logger-ts';
import type { PretrainConfig, TrainConfig } from '../config/schema';
import { engineFacts } from '../engine/facts';
import { describeRun, hyperParameters } from './describe-run';
import { changedEnvironment, environmentOf, readEnvironment } from './environment-file';
import { createMetricLogger, truncateMetrics } from './metric-logger';
import type { MetricLogger } from './metric-logger';
import { noteOverrides } from './overrides';
import { runFiles } from './run-dir';

/** Open logs of a run. */
export interface RunLog {
  readonly logger: MetricLogger;
  readonly writer: EventWriter;
}

/** Opens them at a step: whatever was written after it is cut off, so that what a run writes again from there stands there once. */
export async function reopenRunLog(directory: string, step: number): Promise<RunLog> {
  const { metrics } = runFiles(directory);
  await truncateMetrics(metrics, step);
  truncateEventFiles(directory, step);
  const writer = createEventWriter({ directory });
  return { logger: createMetricLogger(metrics, writer), writer };
}

/**
 * Opens them at a step, and describes the run.
 * @param workers processes that train the run
 */
export async function openRunLog(
  directory: string,
  config: TrainConfig | PretrainConfig,
  step: number,
  workers = 1,
): Promise<RunLog> {
  await noteOverrides(directory, config, step);
  const environment = environmentOf(engineFacts(config.precision), workers);
  const was = config.resume ? await readEnvironment(directory) : null;
  const changed = was && changedEnvironment(was, environment);
  if (changed !== null) process.stderr.write(`${changed}\n`);
  await describeRun(directory, config, environment);
  const log = await reopenRunLog(directory, step);
  // settings only: what the HPARAMS page compares is said once for all runs, by a sweep, or found by TensorBoard itself
  if (step === 0) log.writer.hparamsSession(hyperParameters(config));
  return log;
}
