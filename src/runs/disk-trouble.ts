/** @file What a run does while its disk fails: it trains on, says so on every try, and tries again after a pause. */

import { MachineError } from '../errors';
import { isLostDisk } from '../files/disk-errors';

/** Whether an error is the disk's, or one that says what was to be written and has the disk's as its cause. */
const isDiskError = (error: unknown): error is Error =>
  error instanceof Error && (isLostDisk(error) || isLostDisk(error.cause));

/** How long a run waits before it tries again. */
export interface Patience {
  /** Between tries while it trains, in milliseconds. */
  readonly pause: number;
  /** Between the tries at its end, when nothing is left to do meanwhile, in milliseconds. */
  readonly lastPause: number;
  /** Tries at its end. */
  readonly lastTries: number;
}

const PATIENCE: Patience = { pause: 60_000, lastPause: 3_000, lastTries: 5 };

/** Tells the user. */
export type Say = (line: string) => void;

/** Writes that may fail for a while. */
export interface DiskTrouble {
  /** Whether a write failed, and its pause is over. */
  isDue(what: string): boolean;
  /**
   * Writes, unless it failed less than a pause ago.
   * @param what as in `cannot write <what>`; tells one write from another
   * @returns whether it is written
   * @throws whatever is no error of the disk
   */
  attempt(what: string, write: () => void | Promise<void>, say: Say): Promise<boolean>;
  /** Writes at the end of a run, trying again a few times. @throws MachineError that ends with `left()`, where the disk still fails */
  insist(
    what: string,
    write: () => void | Promise<void>,
    say: Say,
    left: () => string,
  ): Promise<void>;
}

/** Nothing has failed yet. */
export function watchDisk(
  { pause, lastPause, lastTries }: Patience = PATIENCE,
  now: () => number = Date.now,
): DiskTrouble {
  const failed = new Map<string, { readonly at: number; readonly tries: number }>();
  const isPausing = (what: string): boolean => {
    const last = failed.get(what);
    return last !== undefined && now() - last.at < pause;
  };
  const fail = (what: string, error: Error): string => {
    const tries = (failed.get(what)?.tries ?? 0) + 1;
    failed.set(what, { at: now(), tries });
    return `warning: try ${tries}: cannot write ${what}: ${error.message}`;
  };
  const written = (what: string, say: Say): void => {
    const last = failed.get(what);
    if (failed.delete(what)) say(`${what}: written after ${last?.tries} failed tries`);
  };
  return {
    isDue: (what) => failed.has(what) && !isPausing(what),
    attempt: async (what, write, say) => {
      if (isPausing(what)) return false;
      try {
        await write();
      } catch (error) {
        if (!isDiskError(error)) throw error;
        say(`${fail(what, error)} Training goes on; the next try is in ${pause / 1000} s.`);
        return false;
      }
      written(what, say);
      return true;
    },
    insist: async (what, write, say, left) => {
      for (let tries = 1; ; tries++) {
        try {
          await write();
          break;
        } catch (error) {
          if (!isDiskError(error)) throw error;
          if (tries >= lastTries)
            throw new MachineError(`${error.message} ${left()}`, { cause: error });
          say(`${fail(what, error)} The next try is in ${lastPause / 1000} s.`);
          await new Promise((resolve) => setTimeout(resolve, lastPause));
        }
      }
      written(what, say);
    },
  };
}
