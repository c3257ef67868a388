/** @file Settings of verbs that age many pictures, in parts or on a cluster. */

import { optionalTextKey } from '../key';
import type { Rule, Unchecked } from '../rules';
import { clusterKeys } from './cluster-keys';
import { DATA, RUN } from './common';

export const manyKeys = {
  list: optionalTextKey({
    group: DATA,
    description:
      'Text file with the path of a picture on each line, relative to its own folder: they are aged as many (docs/ageing-many.md), and a killed command goes on where it was.',
  }),
  shard: optionalTextKey({
    group: RUN,
    description:
      'Part to age of a list, or of a folder and the folders in it, `2/8`; `1/1` is all of it. Any part goes on where it was.',
  }),
  ...clusterKeys('Where pictures are aged: here, or by a job array of a Slurm cluster.'),
};

/** Whether pictures are aged as many: resumable, with a manifest and without a sheet. */
export const areMany = ({ list, shard, launcher }: Unchecked): boolean =>
  typeof list === 'string' || typeof shard === 'string' || launcher === 'slurm';

/** What goes to a cluster says in how many parts, and is not one of them. */
export const manyRule: Rule = ({ launcher, shards, shard }) => {
  if (launcher !== 'slurm') return [];
  const problems: string[] = [];
  if (shards === null)
    problems.push(
      '--shards: expected how many parts to make, got nothing. As many as nodes may work at a time.',
    );
  if (typeof shard === 'string')
    problems.push('--launcher: expected slurm without --shard, got both. Its tasks have it.');
  return problems;
};
