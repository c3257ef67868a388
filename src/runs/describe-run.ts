/** @file Writes down what a run is: its settings, and what else its numbers depend on. */

import type { PretrainConfig, TrainConfig } from '../config/schema';
import { RUN_VERSION } from '../config/written-config';
import { OF_LAUNCHING } from '../config/verbs/workers';
import { replaceFile } from '../files/durable-write';
import type { Environment } from './environment-file';
import { runFiles } from './run-dir';

/** How this process was started is not what the run is. */
const asStarted = (config: TrainConfig | PretrainConfig): object => {
  const started = {
    ...config,
    resume: false,
    override: false,
    json: false,
    // found anew by whoever resumes it
    distributed: 'none',
  };
  if ('dry_run' in config) return { ...started, dry_run: false, config: null };
  return Object.fromEntries(Object.entries(started).filter(([name]) => name !== 'config'));
};

/** Writes `config.json` and `environment.json`. */
export async function describeRun(
  directory: string,
  config: TrainConfig | PretrainConfig,
  environment: Environment,
): Promise<void> {
  const files = runFiles(directory);
  await replaceFile(files.environment, `${JSON.stringify(environment, null, 2)}\n`);
  const own = { [RUN_VERSION.key]: RUN_VERSION.newest, ...asStarted(config) };
  await replaceFile(files.config, `${JSON.stringify(own, null, 2)}\n`);
}

/** Of how the process was started: on no HPARAMS page. */
const OF_THE_PROCESS: ReadonlySet<string> = new Set([
  'config',
  'resume',
  'override',
  'dry_run',
  'json',
  ...OF_LAUNCHING,
]);

/** The settings that TensorBoard's HPARAMS page can show. */
export function hyperParameters(
  config: TrainConfig | PretrainConfig,
): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) =>
      !OF_THE_PROCESS.has(name) &&
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        ? [[name, value] as const]
        : [],
    ),
  );
}
