/** @file Jobs that wait for the engine: those that wait together are computed together. */

import type { AgeJob, Engine, JobOutcome } from './engine';

/** A job that waits, and whom it is for. */
interface Waiting {
  readonly job: AgeJob;
  readonly signal: AbortSignal;
  readonly settle: (outcome: JobOutcome | null) => void;
}

/** A queue before one engine. */
export interface BatchQueue {
  /**
   * Waits and computes.
   * @param signal aborted where nobody wants the outcome any more: a job that still waits is dropped then
   * @returns null for one that nobody wants any more
   */
  add(job: AgeJob, signal: AbortSignal): Promise<JobOutcome | null>;
  waiting(): number;
  running(): number;
}

/** @param mostTogether jobs of a batch @param onBatch gets the size of each batch and how long it took, in ms */
export function createBatchQueue(
  engine: Engine,
  mostTogether: number,
  onBatch: (jobs: number, milliseconds: number) => void,
): BatchQueue {
  const waiting: Waiting[] = [];
  let running = 0;
  let isWorking = false;

  const work = async (): Promise<void> => {
    isWorking = true;
    while (waiting.length > 0) {
      await engine.ready();
      const some = waiting.splice(0, mostTogether);
      if (some.length === 0) break;
      running = some.length;
      const started = performance.now();
      const outcomes = engine.age(some.map(({ job }) => job));
      await Promise.all(
        outcomes.map(async (outcome, i) => {
          some[i]?.settle(await outcome);
          running -= 1;
        }),
      );
      onBatch(some.length, performance.now() - started);
    }
    isWorking = false;
  };
  return {
    add: (job, signal) =>
      new Promise((settle) => {
        if (signal.aborted) {
          settle(null);
          return;
        }
        const one: Waiting = { job, signal, settle };
        signal.addEventListener(
          'abort',
          () => {
            const place = waiting.indexOf(one);
            if (place !== -1) waiting.splice(place, 1);
            settle(null);
          },
          { once: true },
        );
        waiting.push(one);
        if (!isWorking) void work();
      }),
    waiting: () => waiting.length,
    running: () => running,
  };
}
