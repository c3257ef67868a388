/** @file Writes down what a run is: its settings, and what else its numbers depend on. */

import { execFileSync } from 'node:child_process';
import type { PretrainConfig, TrainConfig } from '../config/schema';
import { OF_LAUNCHING } from '../config/verbs/workers';
import type { engineFacts } from '../engine/facts';
import { engineObstacle } from '../engine/function/compiled';
import { replaceFile } from '../files/durable-write';
import { runFiles } from './run-dir';

/** Of the program's own sources; null where they are of no repository. */
export function gitCommit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: __dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim();
  } catch {
    return null;
  }
}

/** How this process was started is not what the run is. */
const asStarted = (config: TrainConfig | PretrainConfig): object => {
  if ('dry_run' in config)
    return {
      ...config,
      resume: false,
      override: false,
      dry_run: false,
      json: false,
      config: null,
      // found anew by whoever resumes it
      distributed: 'none',
    };
  return Object.fromEntries(
    Object.entries({ ...config, resume: false, override: false, json: false }).filter(
      ([name]) => name !== 'config',
    ),
  );
};

/** Writes `config.json` and `environment.json`. @param workers processes that train the run */
export async function describeRun(
  directory: string,
  config: TrainConfig | PretrainConfig,
  engine: ReturnType<typeof engineFacts>,
  workers: number,
): Promise<void> {
  const files = runFiles(directory);
  const environment = {
    command: process.argv.slice(2),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    ...engine,
    onednn: process.env.TF_ENABLE_ONEDNN_OPTS ?? null,
    // sums over other numbers of threads may have other last bits
    intraop_threads: process.env.TF_NUM_INTRAOP_THREADS ?? null,
    // each of so many has its part of every batch, and batch norm the statistics of that part
    workers,
    winograd: process.env.IPCGAN_WINOGRAD !== '0',
    // why nothing is computed as one function here, whatever --compile says; null where it can be
    no_functions: engineObstacle(),
    git_commit: gitCommit(),
  };
  await replaceFile(files.environment, `${JSON.stringify(environment, null, 2)}\n`);
  await replaceFile(files.config, `${JSON.stringify(asStarted(config), null, 2)}\n`);
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
