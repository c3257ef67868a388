/** @file A command that is one of many tasks of a cluster's job. */

import path from 'node:path';
import { OUT_OF_TIME, requeueTask } from '../cluster/slurm-commands';
import type { Resolved } from '../config/load';
import type { Verb } from '../config/schema';
import { slurmTask } from '../files/process-owner';
import { say } from './print-result';

/** Of the launcher, not of the tasks; what a config file says is given flag by flag. */
const LAUNCHER_KEYS: ReadonlySet<string> = new Set([
  'config',
  'launcher',
  'shards',
  'slurm',
  'shard',
  'merge',
  'workers',
  'json',
]);

/** This very command for the tasks of a job, program first. @param behind words and paths behind the verb */
export function taskCommand<V extends Verb>(
  verb: V,
  behind: readonly string[],
  { config, given }: Resolved<V>,
): string[] {
  const flags = Object.entries(config)
    .filter(([name, value]) => value !== null && given.has(name) && !LAUNCHER_KEYS.has(name))
    .map(([name, value]) => `--${name}=${String(value)}`);
  return [process.execPath, path.join(__dirname, 'index.js'), verb, ...behind, ...flags];
}

/** A task of Slurm whose time is nearly over goes back into the queue: what it has done is written down. */
export function requeueInTime(): void {
  const task = slurmTask();
  if (task === null) return;
  process.once(OUT_OF_TIME, () => {
    say(`the time of task ${task} is nearly over: it goes back into the queue`);
    requeueTask(task);
    process.exit(0);
  });
}
