/** @file Times the command itself: to its help, which loads no TensorFlow, and to the first training step. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { MachineError } from '../errors';
import type { StepBench } from './step';
import { median, rounded, secondsSince } from './timing';

/** What was measured, in seconds. */
export interface StartupBench {
  readonly what: string;
  readonly median_seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  /** From the command to the start of a first training step at full width; the step itself is not counted. */
  readonly seconds_to_first_step: number;
}

/** Runs `ipcgan --help` so many times, and one step. @throws MachineError when the step does not end well */
export function benchStartup(times: number): StartupBench {
  const cli = path.resolve(__dirname, '../cli/index.js');
  const seconds = Array.from({ length: times }, () => {
    const started = performance.now();
    spawnSync(process.execPath, [cli, '--help']);
    return secondsSince(started);
  });
  // what comes after the start of the first step is thrown away: the least of it
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'bench', 'step', '--json', '--steps=1', '--batch=1', '--compile=off'],
    { encoding: 'utf8' },
  );
  if (status !== 0)
    throw new MachineError(
      `bench startup: expected one step to end well, got ${stderr.trim()}. Run \`ipcgan doctor\`.`,
    );
  const { startup_seconds } = JSON.parse(stdout) as StepBench;
  return {
    what: 'ipcgan --help',
    median_seconds: rounded(median(seconds), 4),
    fastest: rounded(Math.min(...seconds), 4),
    slowest: rounded(Math.max(...seconds), 4),
    seconds_to_first_step: startup_seconds,
  };
}
