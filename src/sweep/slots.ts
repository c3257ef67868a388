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
 * @throws UserError when there are fewer GPUs than runs: two runs on one GPU fill its memory
 */
export function planSlots(
  parallel: number,
  threads: number,
  gpus: readonly string[],
): Record<string, string>[] {
  if (gpus.length === 0) return Array.from({ length: parallel }, () => threadEnvironment(threads));
  if (gpus.length < parallel)
    throw new UserError(
      `--parallel: expected at most ${gpus.length}, one run a GPU, got ${parallel}. Lower it, or sweep on the CPU with base.device: cpu.`,
    );
  return gpus.slice(0, parallel).map((gpu) => ({ CUDA_VISIBLE_DEVICES: gpu }));
}
