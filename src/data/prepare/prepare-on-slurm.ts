/** @file Prepares a data set on a Slurm cluster: its shards as the tasks of one job array, and a job that merges when all have ended well. */

import { existsSync, readdirSync } from 'node:fs';
import { runShardsOnSlurm } from '../../cluster/shards-on-slurm';
import type { ClusterSettings } from '../../cluster/shards-on-slurm';
import type { FaceSource } from '../sources/source';
import { DATASET_FILE } from '../dataset';
import { checkApart, prepareDataset } from './prepare-dataset';
import type { PrepareOutcome, PrepareSettings } from './prepare-dataset';
import { openShards } from './worklist';

/** Reads the directory anew: of a file by name, network file systems may say for a minute that it is not there. */
const isFinished = (out: string): boolean =>
  existsSync(out) && readdirSync(out).includes(DATASET_FILE);

/**
 * Prepares a data set on the cluster, or follows the jobs that do so already.
 * @param cluster its command examines everything
 * @returns what came of it, or null when it was told to stop; the jobs go on
 * @throws UserError when jobs with other flags live; MachineError when a shard or the merge has failed
 */
export async function prepareOnSlurm(
  source: FaceSource,
  settings: PrepareSettings,
  cluster: ClusterSettings,
): Promise<PrepareOutcome | null> {
  const { out } = settings;
  if (isFinished(out)) return prepareDataset(source, settings);
  checkApart(source, settings);
  const isDone = await runShardsOnSlurm(
    {
      out,
      verb: 'prepares',
      openShards: (shards) => openShards(source, settings, shards),
      last: { name: 'merge', isDone: () => isFinished(out), result: 'a merged data set' },
    },
    cluster,
  );
  if (!isDone) return null;
  const outcome = await prepareDataset(source, settings);
  return 'shard' in outcome ? outcome : { ...outcome, isUnchanged: false };
}
