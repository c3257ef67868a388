/** @file How exactly a GPU computes: what TensorFlow and NVIDIA's libraries read from the environment when they load. */

import { UserError } from '../errors';

/**
 * Of products and convolutions on a GPU: `float32`; `tf32`, whose factors have ten bits of mantissa and whose sums are float32; `bfloat16`,
 * whose factors, and what lies between them, have eight (src/engine/function/bfloat16.ts); `auto`, what TensorFlow does, which is TF32 where
 * the GPU has it. Weights, sums, statistics, losses and optimisers, and all on the CPU, are float32 always.
 */
export const PRECISIONS = ['auto', 'float32', 'tf32', 'bfloat16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What is asked of the engine. */
export interface Exactness {
  readonly precision: Precision;
  /** Whether the same inputs are to give the same bits every time, at the price of slower kernels; on the CPU they do without. */
  readonly deterministic: boolean;
}

const TF32 = 'NVIDIA_TF32_OVERRIDE';
const DETERMINISM = 'TF_DETERMINISTIC_OPS';

/** What the variables must be; what is not named is left as it is. */
const variablesOf = ({ precision, deterministic }: Exactness): [string, string, string][] =>
  [
    // in bfloat16, what is left of float32's products stays what TensorFlow makes of it
    ...(precision === 'auto' || precision === 'bfloat16'
      ? []
      : [[TF32, precision === 'tf32' ? '1' : '0', `--precision=${precision}`] as const]),
    ...(deterministic ? [[DETERMINISM, '1', '--deterministic'] as const] : []),
  ] as [string, string, string][];

/**
 * Sets them, before TensorFlow loads.
 * @param isLoaded whether it has, and has read them
 * @throws UserError where the user has set one to something else, or where it is too late
 */
export function setExactness(asked: Exactness, isLoaded: boolean): void {
  for (const [name, value, flag] of variablesOf(asked)) {
    const now = process.env[name];
    if (now === value) continue;
    if (now !== undefined)
      throw new UserError(
        `${flag}: expected ${name}=${value} or not set, got ${name}=${now}. Unset it.`,
      );
    if (isLoaded)
      throw new UserError(
        `${flag}: expected to be asked for before the engine is open, got an open engine. Name it when the engine is opened first, or set ${name}=${value}.`,
      );
    process.env[name] = value;
  }
}

/** What the environment says that a GPU computes with. */
export const gpuPrecision = (): 'float32' | 'tf32' =>
  process.env[TF32] === '0' ? 'float32' : 'tf32';

/** Whether every op is to give the same bits every time. */
export const isDeterministic = (): boolean => process.env[DETERMINISM] === '1';
