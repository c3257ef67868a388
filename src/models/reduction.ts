/** @file Joins what this process computed of an update with what other processes computed of it on pictures of their own. */

import { tf } from '../engine/tf';
import type { NamedGradients } from './gradients';
import { countPass, gatherStatistics } from './layers/batch-normalization';
import type { CountStatistics, PassStatistics } from './layers/batch-normalization';

/** The way to the other processes; each of them calls the same things in the same order. */
export interface Reduction {
  /** Which process this is, from 0. */
  readonly rank: number;
  readonly size: number;
  /**
   * Means and sums of float32 tensors over the processes, in their shapes: one exchange. The surrounding tidy owns them.
   * @param averaged of which the means are wanted
   * @param added of which the sums are
   */
  reduce(
    averaged: readonly tf.Tensor[],
    added: readonly tf.Tensor[],
  ): { readonly means: readonly tf.Tensor[]; readonly sums: readonly tf.Tensor[] };
  /** Runs work that ends with such an exchange, and says whose fault it is where it fails. */
  during<T>(work: () => T): T;
}

/** Passes that this process ran with the same weights, whose statistics are still to be counted. */
export interface Phase {
  readonly passes: readonly PassStatistics[];
  /** How often each counts. */
  readonly times: number;
}

/** Keeps statistics until those of the others are there. */
export function createLedger(): {
  readonly count: CountStatistics;
  readonly passes: readonly PassStatistics[];
} {
  const passes: PassStatistics[] = [];
  return { passes, count: (statistics) => void passes.push(gatherStatistics(statistics)) };
}

/** What an update is computed of: means over its pictures, null for a term that is off. */
export interface Computed<Values> {
  readonly gradients: NamedGradients;
  readonly values: Values;
}

/** The share of all processes that were asked to stop, among an update's values where there are several. */
export const STOP = '/stop';

/** Has the wish to stop travel with an update. @param stop 1 where this process was asked to, else 0; absent where there is one process */
export const withStop = <Values extends object>(
  computed: Computed<Values>,
  stop: tf.Scalar | undefined,
): Computed<Values> =>
  stop ? { ...computed, values: { ...computed.values, [STOP]: tf.clone(stop) } } : computed;

/** Who was asked to stop, where there are several processes. */
export interface StopWish {
  /** Has the others know from the next update on that this process was asked. */
  readonly ask: () => void;
  /** Whether one of them had been asked when the last update was made: all of them know it of the same one. */
  readonly isCommon: () => boolean;
  /** The number that travels. */
  readonly own: () => number;
  /** Takes what came back with an update, and disposes it. */
  readonly hear: (share: tf.Tensor | null | undefined) => void;
}

/** Nobody was asked yet. */
export function createStopWish(): StopWish {
  const state = { isOwn: false, isCommon: false };
  return {
    ask: () => {
      state.isOwn = true;
    },
    isCommon: () => state.isCommon,
    own: () => (state.isOwn ? 1 : 0),
    hear: (share) => {
      if (!share) return;
      state.isCommon = (share.dataSync()[0] ?? 0) > 0;
      share.dispose();
    },
  };
}

const byName = (names: readonly string[], tensors: readonly tf.Tensor[]) =>
  Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));

/** A vector among those of the other processes, which are zeros here: their sum has all of them, one behind the other. */
const inPlace = (vector: tf.Tensor1D, { rank, size }: Reduction): tf.Tensor1D =>
  tf.pad1d(vector, [rank * vector.size, (size - 1 - rank) * vector.size]);

/**
 * The means over all processes of an update's gradients and values, in one exchange. Batch norm's statistics travel with them, and are
 * counted in the order in which one process would have counted them that runs the passes of the first, then those of the second, and so on.
 * Disposes what it is given; the result is the caller's.
 */
export function reduced<Values extends object>(
  reduction: Reduction,
  { gradients, values }: Computed<Values>,
  phases: readonly Phase[],
): Computed<Values> {
  const names = Object.keys(gradients);
  const there = Object.entries(values as Readonly<Record<string, tf.Scalar | null>>).flatMap(
    ([name, value]) => (value === null ? [] : [[name, value] as const]),
  );
  const own = [...names.map((name) => gradients[name] as tf.Tensor), ...there.map(([, v]) => v)];
  // a pass that counts in two phases travels once
  const seen = [...new Set(phases.flatMap(({ passes }) => passes.flatMap((one) => one.values)))];
  const kept: tf.Tensor[] = [];
  tf.tidy(() => {
    const { means, sums } = reduction.reduce(
      own,
      seen.map((vector) => inPlace(vector, reduction)),
    );
    const ofAll = new Map(
      seen.map((vector, i) => [vector, tf.split(sums[i] as tf.Tensor1D, reduction.size)]),
    );
    for (const { passes, times } of phases)
      for (let process = 0; process < reduction.size; process++)
        for (const { averages, values: parts } of passes) {
          const theirs = parts.map((part) => ofAll.get(part)?.[process] as tf.Tensor1D);
          countPass({ averages, values: theirs }, times);
        }
    kept.push(...means.map((tensor) => tf.keep(tensor)));
  });
  tf.dispose([...own, ...seen]);
  const valueNames = there.map(([name]) => name);
  return {
    gradients: byName(names, kept),
    values: { ...values, ...byName(valueNames, kept.slice(names.length)) },
  };
}
