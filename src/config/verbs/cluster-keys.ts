/** @file Settings of verbs whose work is done in parts, here or on a cluster. */

import { choiceKey, optionalIntegerKey, optionalTextKey } from '../key';
import type { Condition } from '../key';
import { RUN } from './common';

const ON_SLURM: readonly Condition[] = [{ settings: { launcher: ['slurm'] } }];

/** @param where what the launcher decides, in a sentence */
export const clusterKeys = (where: string) => ({
  launcher: choiceKey(['local', 'slurm'], 'local', { group: RUN, description: where }),
  shards: optionalIntegerKey({
    group: RUN,
    from: 1,
    description: 'Parts to make of the pictures, a task each.',
    usedWith: ON_SLURM,
  }),
  slurm: optionalTextKey({
    group: RUN,
    description:
      "YAML or JSON file of what a task asks of the cluster, like a sweep's `slurm` section (docs/cluster.md).",
    usedWith: ON_SLURM,
  }),
});
