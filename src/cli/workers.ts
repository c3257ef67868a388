/** @file What verbs that several processes may train for have in common: start the workers, or be one. */

import type { TrainConfig } from '../config/schema';
import { findCluster } from '../distributed/cluster';
import { launchWorkers } from '../distributed/launch';
import { joinTeam } from '../distributed/team';
import type { Team } from '../distributed/team';
import { openEngine } from '../engine/open-engine';
import { ensureEngine } from '../engine/install/ensure';
import { buildFor } from '../engine/install/paths';
import { say } from './print-result';

/** What of a verb's settings says how its processes come together. */
export type WorkerConfig = Pick<
  TrainConfig,
  | 'workers'
  | 'restarts'
  | 'distributed'
  | 'join_timeout'
  | 'watch_seconds'
  | 'device'
  | 'precision'
  | 'deterministic'
>;

/** Times that a worker is asked whether it is there, as long as others may take to notice that it is not: a question may take as long as the pause. */
const QUESTIONS_OF_GRACE = 12;

/** The command line with --resume=auto in the place of whatever it says of it. */
const resuming = (args: readonly string[]): string[] => [
  ...args.filter((word) => !/^--resume(=.*)?$/.test(word)),
  '--resume=auto',
];

/** Whether this process is to start the workers, and to compute nothing itself. */
export const isLauncher = ({ workers, distributed }: WorkerConfig): boolean =>
  workers > 1 && findCluster(distributed) === null;

/** Whether it is a worker that says nothing of what the first one says, too. */
export const isSilent = ({ distributed }: WorkerConfig): boolean =>
  (findCluster(distributed)?.rank ?? 0) > 0;

/** Runs this very command in every worker. @returns what the command exits with */
export async function launchThisCommand(config: WorkerConfig): Promise<number> {
  const { workers, restarts, device } = config;
  // once, and not by all of them at the same time
  await ensureEngine(device);
  const [script = '', ...args] = process.argv.slice(1);
  const start = [...process.execArgv, script];
  return launchWorkers({
    workers,
    restarts,
    program: process.execPath,
    args: [...start, ...args],
    argsToResume: [...start, ...resuming(args)],
    graceSeconds: QUESTIONS_OF_GRACE * config.watch_seconds,
    withGpus: buildFor(device) === 'cuda',
    say,
  });
}

/** Opens the engine: as one of several workers, where this process is one; else null. @throws UserError, MachineError */
export async function openEngineOfWorker(config: WorkerConfig): Promise<Team | null> {
  const { join_timeout: joinSeconds, watch_seconds: watchSeconds } = config;
  const cluster = findCluster(config.distributed);
  if (cluster !== null && cluster.hosts.length > 1)
    return joinTeam(cluster, config, { joinSeconds, watchSeconds });
  await openEngine(config);
  return null;
}
