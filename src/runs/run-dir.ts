/** @file A run is a directory: where its parts lie, and its lock. */

import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { lockDirectory } from '../files/directory-lock';

const CONFIG = 'config.json';
const ENVIRONMENT = 'environment.json';
const METRICS = 'metrics.jsonl';
const OVERRIDES = 'overrides.jsonl';
const ROLLBACKS = 'rollbacks.jsonl';
const SUMMARY = 'summary.json';
/** Where `ipcgan evaluate` writes by itself, within a run. */
export const EVALUATION_FOLDER = 'evaluation';
/** Of the process that trains the run. */
export const RUN_LOCK = 'lock';

/** Where the parts of a run lie. */
export const runFiles = (directory: string) => ({
  config: path.join(directory, CONFIG),
  environment: path.join(directory, ENVIRONMENT),
  metrics: path.join(directory, METRICS),
  /** Settings that a resumed run was given anew, with the step from which on. */
  overrides: path.join(directory, OVERRIDES),
  /** From where to where a run went back after it had diverged. */
  rollbacks: path.join(directory, ROLLBACKS),
  /** Of pretraining. */
  summary: path.join(directory, SUMMARY),
});

/**
 * Takes the run's lock, and makes its directory where there is none.
 * @returns what gives it back; with it goes a directory that was made for it and is empty still, since a run that fails at its start is none
 * @throws UserError when another live process has it
 */
export async function lockRun(directory: string): Promise<() => Promise<void>> {
  const isNew = !existsSync(directory);
  const unlock = await lockDirectory(directory, RUN_LOCK, ({ name, advice }) => {
    throw new UserError(
      `${directory}: expected a run that nobody trains, got one that ${name} is training. ${advice}`,
    );
  });
  return async () => {
    await unlock();
    // one with something in it stays: this removes empty ones only
    if (isNew) await rmdir(directory).catch(() => undefined);
  };
}

/**
 * Takes the lock of a run that was looked at some time ago: of two processes that found no run there, the second may get the lock when the first has
 * trained.
 * @param isResumed whether it goes on with a run that is there
 * @returns what gives it back
 * @throws UserError when another live process has it, or has begun the run meanwhile
 */
export async function lockFoundRun(
  directory: string,
  isResumed: boolean,
): Promise<() => Promise<void>> {
  const unlock = await lockRun(directory);
  if (isResumed || !existsSync(runFiles(directory).config)) return unlock;
  await unlock();
  throw new UserError(
    `${directory}: expected no run there, got one that was started meanwhile. Add --resume to continue it, or choose another --run.`,
  );
}
