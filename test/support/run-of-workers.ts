/** @file What is done to a run of several workers, whatever it trains, and what is compared of it. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Watched } from './team';
import { until } from './until';

/** Bits depend on the number of threads. */
export const ONE_THREAD = {
  ...process.env,
  TF_NUM_INTRAOP_THREADS: '1',
  OMP_NUM_THREADS: '1',
};

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

/** Sends the second worker a signal once the run has said something. */
async function signalWorker(run: Watched, said: string, signal: NodeJS.Signals): Promise<void> {
  await until(() => run.said().includes(said), said);
  process.kill(childrenOf(run.child.pid!)[1]!, signal);
}

/** Kills a worker of a run that may start once more, and expects it to go on from step 3 to its end. */
export async function expectRestart(run: Watched, said: string): Promise<void> {
  await signalWorker(run, said, 'SIGKILL');
  expect([await run.ended, run.said()]).toEqual([
    0,
    expect.stringMatching(/worker 1 ended by SIGKILL; start 1 of 1 from the last checkpoint/),
  ]);
  expect(run.said()).toContain('resuming at step 3');
}

/** Asks a worker to end, and expects all of them to. */
export async function expectStop(run: Watched, said: string): Promise<void> {
  await signalWorker(run, said, 'SIGTERM');
  expect(await run.ended).toBe(143);
}

/** Files of a folder by name, and what a run logged but for its speed. */
export const savedContent = (
  folder: string,
  files: readonly string[],
  metrics: string,
): Record<string, string> => ({
  ...Object.fromEntries(
    files.map((file) => [file, readFileSync(path.join(folder, file)).toString('base64')]),
  ),
  metrics: readFileSync(metrics, 'utf8').replace(/"images_per_second":[^,}]*/g, ''),
});

/** Expects the same content under every name. */
export const expectSameContent = (
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): void => expect(Object.keys(a).filter((name) => a[name] !== b[name])).toEqual([]);
