/** @file `environment.json`: what a run's numbers depend on beside its settings, and what of it is another where the run is resumed. */

import { availableParallelism, cpus } from 'node:os';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { EngineFacts } from '../engine/facts';
import { engineObstacle } from '../engine/function/compiled';
import { linkedEngine, readComplete } from '../engine/install/paths';
import { processorFeatures } from '../engine/install/processor';
import { NewerFileError, refuseNewer } from '../files/format-version';
import { packageVersion } from '../files/package-version';
import { gitCommit } from './git-commit';
import { runFiles } from './run-dir';

/** Sets of instructions by which TensorFlow, oneDNN and our own code choose how to add up. */
const VECTORS = ['avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16'];

/** Of environment.json; those of before have none. */
const VERSION = { key: 'format', newest: 1 } as const;

function processorKind(): string {
  const features = processorFeatures();
  const vectors = VECTORS.filter((name) => features?.has(name));
  return [cpus()[0]?.model.trim() ?? 'unknown', ...vectors].join(' ');
}

/** Of this process. @param workers processes that train the run */
export const environmentOf = (engine: EngineFacts, workers: number) => ({
  [VERSION.key]: VERSION.newest,
  command: process.argv.slice(2),
  ipcgan: packageVersion(),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  processor: processorKind(),
  tensorflow: readComplete(linkedEngine() ?? '')?.tensorflow ?? null,
  ...engine,
  onednn: process.env.TF_ENABLE_ONEDNN_OPTS ?? null,
  // sums over other numbers of threads may have other last bits
  intraop_threads: process.env.TF_NUM_INTRAOP_THREADS ?? null,
  threads: Number(process.env.TF_NUM_INTRAOP_THREADS ?? 0) || availableParallelism(),
  // each of so many has its part of every batch, and batch norm the statistics of that part
  workers,
  winograd: process.env.IPCGAN_WINOGRAD !== '0',
  // why nothing is computed as one function here, whatever --compile says; null where it can be
  no_functions: engineObstacle(),
  git_commit: gitCommit(),
});
export type Environment = ReturnType<typeof environmentOf>;

/** What the last bits of a run depend on, in the user's words. */
const EXACT: Readonly<Partial<Record<keyof Environment, string>>> = {
  processor: 'the processor',
  threads: 'the number of threads',
  workers: 'the number of workers',
  device: 'the device',
  tensorflow: 'TensorFlow',
  tfjs: 'TensorFlow.js',
  backend: 'the backend',
  precision: 'the precision',
  deterministic_ops: 'deterministic ops',
  onednn: 'oneDNN',
  winograd: 'Winograd convolutions',
  no_functions: 'the obstacle to compiled steps',
};

/**
 * What a run that is resumed computes with otherwise than before, as a line; null where nothing is known to be another.
 * @param was environment.json as the run has it, of any version: what it does not say is not compared
 */
export function changedEnvironment(
  was: Readonly<Record<string, unknown>>,
  is: Readonly<Record<string, unknown>>,
): string | null {
  const shown = (value: unknown): string =>
    typeof value === 'string' ? value : value === null ? 'none' : JSON.stringify(value);
  const changes = Object.entries(EXACT).flatMap(([name, called]) =>
    name in was && was[name] !== is[name]
      ? [`${called} was ${shown(was[name])} and is ${shown(is[name])}`]
      : [],
  );
  if (changes.length === 0) return null;
  return `note: ${changes.join('; ')}: from here on, weights and metrics are not bit for bit those of a run that went through on one machine`;
}

/** What environment.json says; null where there is none, or it is broken: nothing rests on it. @throws NewerFileError */
export async function readEnvironment(
  directory: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  const file = runFiles(directory).environment;
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    refuseNewer(file, content, VERSION);
    return z.record(z.string(), z.unknown()).parse(content);
  } catch (error) {
    if (error instanceof NewerFileError) throw error;
    return null;
  }
}
