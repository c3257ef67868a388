/** @file What must be set in the process before TensorFlow's native library loads. */

import util from 'node:util';

/** Settings of TensorFlow that a run depends on; a variable that the user has set wins. */
const DEFAULT_ENVIRONMENT: Readonly<Record<string, string>> = {
  // oneDNN's convolutions; on and off differ in the last bits, so it is part of environment.json
  TF_ENABLE_ONEDNN_OPTS: '1',
  // the library narrates its start on stderr; `ipcgan doctor` says what matters of it
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
};

/**
 * What a process of ours that decodes pictures is started with: glibc's arenas for each thread keep memory that is freed. A process that
 * opens the engine shares arenas by itself (functions.cc).
 */
export const sharedArenas = (): Readonly<Record<string, string>> => ({
  MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
});

/**
 * One process computes on one GPU: of several, TensorFlow.js would send tensors to the last and run ops on the first. Of those that
 * CUDA_VISIBLE_DEVICES names it takes the first.
 */
function takeOneGpu(): void {
  const [first] = (process.env.CUDA_VISIBLE_DEVICES ?? '0').split(',');
  process.env.CUDA_VISIBLE_DEVICES = first ?? '';
}

/** Sets the defaults above and gives `node:util` the two functions that Node 23 removed and tfjs-node 4.22 calls. */
export function prepareEnvironment(): void {
  for (const [name, value] of Object.entries(DEFAULT_ENVIRONMENT)) process.env[name] ??= value;
  takeOneGpu();
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined ??= (value: unknown): boolean => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
}
