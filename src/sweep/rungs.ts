/** @file Successive halving: how far runs train before the better part of them goes on. */

import type { SweepDefinition } from '../config/sweep-file';

/** A run's value of the metric after it had trained to a rung; null where the run has no such metric. */
export interface RungResult {
  readonly rung: number;
  readonly metric: number | null;
}

/** What ranking needs of a run. */
export interface Ranked {
  readonly index: number;
  readonly results: readonly RungResult[];
}

/** How many rungs there are: the last one is the end of training. */
export const rungCount = ({ stop_early }: SweepDefinition): number =>
  (stop_early?.rungs.length ?? 0) + 1;

/** Steps to train to at a rung, or null for the run's own max_steps. */
export const stepsAt = ({ stop_early }: SweepDefinition, rung: number): number | null =>
  stop_early?.rungs[rung] ?? null;

/** How many runs enter each rung. */
export function rungSizes(definition: SweepDefinition, runs: number): number[] {
  const sizes = [runs];
  for (let rung = 1; rung < rungCount(definition); rung++)
    sizes.push(Math.ceil((sizes[rung - 1] ?? 0) / (definition.stop_early?.factor ?? 1)));
  return sizes;
}

/** The metric of a run at a rung; undefined when it has not got there. */
export const resultAt = ({ results }: Ranked, rung: number): RungResult | undefined =>
  results.find((result) => result.rung === rung);

/** Negative when the first value is the better one; what is no number comes last. */
export function compareMetric(
  a: number | null,
  b: number | null,
  goal: 'minimize' | 'maximize',
): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return goal === 'minimize' ? a - b : b - a;
}

/**
 * The runs that enter a rung: all at first, then the best of the rung before, by metric and then by index.
 * Depends on nothing but results, so that every process comes to the same answer.
 */
export function entrants<T extends Ranked>(
  definition: SweepDefinition,
  runs: readonly T[],
  rung: number,
): T[] {
  if (rung === 0) return [...runs];
  const size = rungSizes(definition, runs.length)[rung] ?? 0;
  const before = entrants(definition, runs, rung - 1).flatMap((run) => {
    const result = resultAt(run, rung - 1);
    return result ? [{ run, metric: result.metric }] : [];
  });
  before.sort(
    (a, b) =>
      compareMetric(a.metric, b.metric, definition.metric.goal) || a.run.index - b.run.index,
  );
  return before.slice(0, size).map(({ run }) => run);
}
