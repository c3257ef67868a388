/** @file Where the memory of this process lies. */

import { readFileSync } from 'node:fs';
import { nativeFunctions } from '../engine/function/native-functions';
import { tf } from '../engine/tf';
import { rounded } from './timing';

/** What is resident now, in MB; the first four add up to it. */
export interface MemoryByPlace {
  /** Pages of Node's and TensorFlow's files: the system shares them between processes, and takes them back when it needs room. */
  readonly files: number;
  /** JavaScript's heap, without arrays of numbers. */
  readonly javascript: number;
  /** The most that tensors and what kernels work in ever took, holes included (engine/function/tensor-memory.cc); null without the pool. */
  readonly pool: number | null;
  /** Whatever else is allocated: TensorFlow's tables, code made for kernels, threads; all tensors, where there is no pool. */
  readonly rest: number;
  /** Of the pool's: tensors that JavaScript holds. */
  readonly tensors: number;
}

const toMb = (bytes: number): number => rounded(bytes / 1e6, 1);

/** Reads it; on Linux, with the engine open. */
export function memoryByPlace(): MemoryByPlace {
  const status = readFileSync('/proc/self/status', 'utf8');
  const bytesOf = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  const [taken, reach] = nativeFunctions()?.memory() ?? [0, 0];
  const heap = process.memoryUsage().heapTotal;
  return {
    files: toMb(bytesOf('RssFile')),
    javascript: toMb(heap),
    pool: taken > 0 ? toMb(reach) : null,
    rest: toMb(bytesOf('RssAnon') - heap - (taken > 0 ? reach : 0)),
    tensors: toMb(tf.memory().numBytes),
  };
}
