/** @file Times the command itself: to its help, which loads no TensorFlow. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { median, rounded, secondsSince } from './timing';

/** What was measured, in seconds. */
export interface StartupBench {
  readonly what: string;
  readonly median_seconds: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** Runs `ipcgan --help` so many times. */
export function benchStartup(times: number): StartupBench {
  const cli = path.resolve(__dirname, '../cli/index.js');
  const seconds = Array.from({ length: times }, () => {
    const started = performance.now();
    spawnSync(process.execPath, [cli, '--help']);
    return secondsSince(started);
  });
  return {
    what: 'ipcgan --help',
    median_seconds: rounded(median(seconds), 4),
    fastest: rounded(Math.min(...seconds), 4),
    slowest: rounded(Math.max(...seconds), 4),
  };
}
