/** @file Settings of `sweep`. */

import {
  choiceKey,
  integerKey,
  optionalIntegerKey,
  optionalTextKey,
  requiredTextKey,
  switchKey,
  withMeta,
} from '../key';
import type { Condition } from '../key';
import { OUTPUT, RUN, json } from './common';

export const SWEEP_WORDS = ['run', 'status', 'resume', 'cancel', 'report', 'task'] as const;

const words = (...some: (typeof SWEEP_WORDS)[number][]): readonly Condition[] => [{ words: some }];

export const sweepKeys = {
  path: requiredTextKey({
    group: RUN,
    description:
      'Sweep file (`sweep run`), or the directory of a sweep; may stand without `--path`.',
  }),
  out: optionalTextKey({
    group: OUTPUT,
    description: 'Directory of a new sweep; sweeps/NAME-OF-THE-FILE when not given.',
    usedWith: words('run'),
  }),
  parallel: optionalIntegerKey({
    group: RUN,
    from: 1,
    description: "Runs at a time; the sweep file's limits.parallel when not given.",
    usedWith: words('run', 'resume'),
  }),
  launcher: choiceKey(['local', 'slurm'], 'local', {
    group: RUN,
    description:
      'Where runs go: processes of this machine, or job arrays of a Slurm cluster; a resumed sweep keeps to what it was started with.',
    usedWith: words('run'),
  }),
  rung: integerKey(0, {
    group: RUN,
    from: 0,
    description: 'Rung to train to; only Slurm gives it.',
    usedWith: words('task'),
  }),
  index: integerKey(0, {
    group: RUN,
    from: 0,
    description: 'Place of the run in its rung; only Slurm gives it.',
    usedWith: words('task'),
  }),
  dry_run: switchKey({
    group: RUN,
    description: 'Check the file and print the table of runs; start nothing.',
    usedWith: words('run', 'resume'),
  }),
  json: withMeta(json, { usedWith: words('run', 'status', 'resume', 'cancel', 'report') }),
};
