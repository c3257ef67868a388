/** @file What each of several runs gets of a machine: a GPU of its own, or its share of the CPU's threads. */

import { execFileSync } from 'node:child_process';
import { UserError } from '../errors';

/** GPUs of this machine as CUDA_VISIBLE_DEVICES names them; none where there is no driver. */
export function visibleGpus(): string[] {
  const chosen = process.env.CUDA_VISIBLE_DEVICES;
  if (chosen !== undefined) return chosen.split(',').filter((name) => name !== '' && name !== '-1');
  try {
    const listed = execFileSync('nvidia-smi', ['--query-gpu=index', '--format=csv,noheader'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return listed
      .toString()
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Threads of each of several runs on a CPU. @param cores of the machine */
export const threadsEach = (cores: number, parallel: number): number =>
  Math.max(1, Math.floor(cores / parallel));

/** Variables that bound the threads of TensorFlow's CPU kernels. */
export const threadEnvironment = (threads: number): Record<string, string> => ({
  TF_NUM_INTRAOP_THREADS: String(threads),
  OMP_NUM_THREADS: String(threads),
});

/**
 * One set of variables for each run that may go on at a time.
 * @param workers processes that train a run together, at most: each has a GPU of its own
 * @throws UserError when there are fewer GPUs than runs, or than their workers: two processes on one GPU fill its memory
 */
export function planSlots(
  parallel: number,
  threads: number,
  gpus: readonly string[],
  workers = 1,
): Record<string, string>[] {
  if (gpus.length === 0) return Array.from({ length: parallel }, () => threadEnvironment(threads));
  if (workers > 1 && gpus.length < parallel * workers)
    throw new UserError(
      `--parallel: expected a GPU for each of the ${workers} workers of ${parallel} runs at a time, ${parallel * workers} in all, got ${gpus.length}. Lower it or workers, or sweep on the CPU with base.device: cpu.`,
    );
  if (gpus.length < parallel)
    throw new UserError(
      `--parallel: expected at most ${gpus.length}, one run a GPU, got ${parallel}. Lower it, or sweep on the CPU with base.device: cpu.`,
    );
  return Array.from({ length: parallel }, (_, i) => ({
    CUDA_VISIBLE_DEVICES: gpus.slice(i * workers, (i + 1) * workers).join(),
  }));
}

/** What a run gets of its slot: where it has threads, its workers share them. @param threads of the slot */
export const environmentInSlot = (
  slot: Readonly<Record<string, string>>,
  threads: number,
  workers: number,
): Readonly<Record<string, string>> =>
  'CUDA_VISIBLE_DEVICES' in slot || workers === 1
    ? slot
    : { ...slot, ...threadEnvironment(threadsEach(threads, workers)) };
