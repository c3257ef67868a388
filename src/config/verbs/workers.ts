/** @file Settings of a training by several processes. */

import { choiceKey, integerKey } from '../key';
import type { Condition } from '../key';
import type { Rule } from '../rules';
import { RUN } from './common';

const LAUNCHED: Condition = { settings: { workers: { above: 1 } } };
const JOINED: Condition = { settings: { distributed: ['tf_config', 'slurm'] } };

export const workerKeys = {
  workers: integerKey(1, {
    group: RUN,
    from: 1,
    description:
      'Processes that train the run together on this machine, each on its share of every batch: a GPU each, or a share of the cores.',
    resumable: true,
  }),
  restarts: integerKey(3, {
    group: RUN,
    from: 0,
    description:
      'How often all workers are started again from the last checkpoint after one has died.',
    resumable: true,
    usedWith: [LAUNCHED],
  }),
  distributed: choiceKey(['none', 'tf_config', 'slurm'], 'none', {
    group: RUN,
    description:
      'Where this process finds the others, if somebody else starts them: in the variable TF_CONFIG, as TensorFlow has it, or in those of a step of Slurm (srun).',
    resumable: true,
  }),
  join_timeout: integerKey(300, {
    group: RUN,
    from: 1,
    description: 'Seconds that a worker waits for all others to come.',
    resumable: true,
    usedWith: [LAUNCHED, JOINED],
  }),
  watch_seconds: integerKey(5, {
    group: RUN,
    from: 1,
    description:
      'Seconds between two questions to every other worker whether it is there, and that an answer may take; one that leaves three unanswered is gone.',
    resumable: true,
    usedWith: [LAUNCHED, JOINED],
  }),
};

/** Settings that say how processes were started and found one another, not what they compute. */
export const OF_LAUNCHING = ['restarts', 'distributed', 'join_timeout', 'watch_seconds'] as const;

/** Only the first of several workers could go back. */
export const workersStop: Rule = ({ on_nan: onNan, workers, distributed }) =>
  onNan === 'rollback' &&
  ((typeof workers === 'number' && workers > 1) ||
    (typeof distributed === 'string' && distributed !== 'none'))
    ? [
        '--on_nan: expected stop where several processes train a run, got rollback. Train it by one process, or leave it out; --resume --override goes on from the last checkpoint with a lower --learning_rate.',
      ]
    : [];

/** Every worker has as many pictures. */
export const workersDivide: Rule = ({
  workers,
  batch_size: batch,
  micro_batch: micro,
  distributed,
}) => {
  if (typeof workers !== 'number' || typeof batch !== 'number' || workers === 1) return [];
  if (typeof distributed === 'string' && distributed !== 'none')
    return [
      `--workers: expected it without --distributed=${distributed}, whose workers somebody else starts, got ${workers}. Leave one out.`,
    ];
  if (batch % workers !== 0)
    return [
      `--workers: expected a divisor of --batch_size (${batch}), got ${workers}. Every worker must have as many pictures.`,
    ];
  const share = batch / workers;
  return typeof micro === 'number' && share % micro !== 0
    ? [
        `--micro_batch: expected a divisor of a worker's share of the batch (${share}), got ${micro}. Every part must be of the same size.`,
      ]
    : [];
};
