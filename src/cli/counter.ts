/** @file Progress of something of which nobody knows beforehand how many there are. */

import { formatSeconds, startProgress } from '../runs/progress';
import type { Progress } from '../runs/progress';

/** Every so many seconds a plain line, where there is no terminal. */
const LINE_EVERY_SECONDS = 10;

/** Shows how many of how many are done, and how fast. */
export interface Counter {
  readonly onProgress: (done: number, total: number) => void;
  readonly stop: () => void;
}

/** A bar that appears with the first thing done; plain lines where there is no terminal. @param unit what is counted, e.g. `images` */
export function startCounter(label: string, unit: string): Counter {
  let progress: Progress | undefined;
  let first = 0;
  let started = 0;
  let shownAt = 0;
  return {
    onProgress: (done, total) => {
      const now = performance.now();
      if (!progress) {
        [first, started, shownAt] = [Math.max(0, done - 1), now, now];
        progress = startProgress(label, total, first);
      }
      progress.update(done);
      // one thing alone has no rate
      if (now === started) return;
      if (process.stderr.isTTY || (done < total && now - shownAt < 1000 * LINE_EVERY_SECONDS))
        return;
      shownAt = now;
      const rate = ((done - first) * 1000) / Math.max(1, now - started);
      progress.line(
        `${label} ${done}/${total}  ${rate.toFixed(1)} ${unit}/s, ${formatSeconds((total - done) / rate)} left`,
      );
    },
    stop: () => progress?.stop(),
  };
}
