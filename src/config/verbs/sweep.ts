/** @file Settings of `sweep`. */

import {
  choiceKey,
  integerKey,
  optionalIntegerKey,
  optionalTextKey,
  requiredTextKey,
  switchKey,
} from '../key';
import { OUTPUT, RUN, json } from './common';

export const sweepKeys = {
  path: requiredTextKey({
    group: RUN,
    description:
      'Sweep file (`sweep run`), or the directory of a sweep; may stand without `--path`.',
  }),
  out: optionalTextKey({
    group: OUTPUT,
    description: 'Directory of a new sweep; sweeps/NAME-OF-THE-FILE when not given.',
  }),
  parallel: optionalIntegerKey({
    group: RUN,
    from: 1,
    description: "Runs at a time; the sweep file's limits.parallel when not given.",
  }),
  launcher: choiceKey(['local', 'slurm'], 'local', {
    group: RUN,
    description:
      'Where runs go: processes of this machine, or job arrays of a Slurm cluster; `sweep resume` keeps to what the sweep was started with.',
  }),
  rung: integerKey(0, {
    group: RUN,
    from: 0,
    description: 'Rung to train to (`sweep task`, which only Slurm calls).',
  }),
  index: integerKey(0, {
    group: RUN,
    from: 0,
    description: 'Place of the run in its rung (`sweep task`, which only Slurm calls).',
  }),
  dry_run: switchKey({
    group: RUN,
    description: 'Check the file and print the table of runs; start nothing.',
  }),
  json,
};
