/** @file Settings of `prepare`. */

import { z } from 'zod';
import {
  choiceKey,
  integerKey,
  numberKey,
  optionalIntegerKey,
  optionalTextKey,
  requiredTextKey,
  switchKey,
} from '../key';
import { DATA, ALIGNMENT, OUTPUT, RUN, device, json, seed, ageBounds } from './common';

export const prepareKeys = {
  images: optionalTextKey({
    group: DATA,
    description:
      'Folder of photographs; without a source word, of aligned crops whose names begin with the age.',
  }),
  meta: optionalTextKey({
    group: DATA,
    description:
      'celebrity2000_meta.mat (`prepare cacd`); without it, names of files tell age and person.',
  }),
  manifest: optionalTextKey({
    group: DATA,
    description:
      'CSV (with a header line) or JSONL of path, age, and optionally identity, year, split (`prepare folder`).',
  }),
  aligned: switchKey({
    group: ALIGNMENT,
    description:
      'The pictures are aligned crops: look for no faces, leave them where they are. Default where no source word is given.',
  }),
  face: choiceKey(['centre', 'largest', 'all'], 'centre', {
    group: ALIGNMENT,
    description: 'Which face of a photograph that shows several.',
  }),
  min_face: integerKey(64, {
    group: ALIGNMENT,
    from: 1,
    description: 'Smallest width of a face in the photograph, in pixels.',
  }),
  min_sharpness: numberKey(0.5, {
    group: ALIGNMENT,
    from: 0,
    description: 'Least sharpness of a face (docs/data.md); 0 keeps the most blurred.',
  }),
  age_range: z.array(z.number().int().min(0).max(120)).length(2).default([11, 100]).meta({
    group: DATA,
    description: 'Youngest and oldest to keep, in years.',
    expected: 'two whole numbers of years, YOUNGEST-OLDEST',
  }),
  out: requiredTextKey({
    group: OUTPUT,
    description: 'Directory of the data set to make, e.g. datasets/cacd.',
  }),
  people: integerKey(60, {
    group: DATA,
    from: 2,
    description: 'People to draw (`prepare synthetic`).',
  }),
  split: choiceKey(['identity', 'image'], 'identity', {
    group: DATA,
    description:
      "Hold out whole people where they are named, or single pictures (the original's kind).",
  }),
  test_share: z.number().gt(0).lt(1).default(0.1).meta({
    group: DATA,
    description: 'Share of every age group held out for testing.',
    expected: 'a number between 0 and 1',
  }),
  pairs: integerKey(20_000, {
    group: DATA,
    from: 20,
    description: 'Lines of train_label_pair.txt; training wraps round.',
  }),
  age_bounds: ageBounds,
  workers: optionalIntegerKey({
    group: RUN,
    from: 1,
    description: 'Processes that look for faces; one a core when not given.',
  }),
  shard: optionalTextKey({
    group: RUN,
    description: 'Part of the pictures to examine, `2/8`; lists are made by the run that merges.',
  }),
  merge: switchKey({
    group: RUN,
    description:
      'Make the lists of what the shards have examined; an error where a picture is missing.',
  }),
  launcher: choiceKey(['local', 'slurm'], 'local', {
    group: RUN,
    description:
      'Where pictures are examined: here, or by a job array of a Slurm cluster, whose parts another job merges.',
  }),
  shards: optionalIntegerKey({
    group: RUN,
    from: 1,
    description: 'Parts to make of the pictures, a task each (`--launcher=slurm`).',
  }),
  slurm: optionalTextKey({
    group: RUN,
    description:
      "YAML or JSON file of what a task asks of the cluster, like a sweep's `slurm` section (`--launcher=slurm`; docs/cluster.md).",
  }),
  json,
  seed,
  device,
};
