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
  withMeta,
} from '../key';
import type { Condition } from '../key';
import { clusterKeys } from './cluster-keys';
import type { Rule, Unchecked } from '../rules';
import {
  DATA,
  ALIGNMENT,
  OUTPUT,
  RUN,
  config,
  device,
  json,
  seed,
  ageBounds,
  boundsRise,
} from './common';

/** Sources of photographs, in which faces are looked for. */
const PHOTOGRAPH_WORDS = ['folder', 'cacd', 'utkface', 'fgnet'] as const;
const SYNTHETIC = 'synthetic';
export const PREPARE_WORDS = [...PHOTOGRAPH_WORDS, SYNTHETIC] as const;

const OF_PHOTOGRAPHS: readonly Condition[] = [
  {
    words: PHOTOGRAPH_WORDS,
    settings: { aligned: [false] },
    called: 'photographs, neither crops nor drawn people',
  },
];

/** Whether pictures are aligned crops that stay where they are: so they are where no source of photographs is named. */
export const areCrops = (word: string | null, { aligned }: Unchecked): boolean =>
  aligned === true || !PHOTOGRAPH_WORDS.some((one) => one === word);

export const prepareKeys = {
  config,
  images: optionalTextKey({
    group: DATA,
    description:
      'Folder of photographs; without a source word, of aligned crops whose names begin with the age.',
  }),
  meta: optionalTextKey({
    group: DATA,
    description: 'celebrity2000_meta.mat; without it, names of files tell age and person.',
    usedWith: [{ words: ['cacd'] }],
  }),
  manifest: optionalTextKey({
    group: DATA,
    description:
      'CSV (with a header line) or JSONL of path, age, and optionally identity, year, gender (female or male), race, split.',
    usedWith: [{ words: ['folder', null] }],
  }),
  aligned: switchKey({
    group: ALIGNMENT,
    description:
      'The pictures are aligned crops: look for no faces, leave them where they are. Default where no source word is given.',
  }),
  face: choiceKey(['centre', 'largest', 'all'], 'centre', {
    group: ALIGNMENT,
    description: 'Which face of a photograph that shows several.',
    usedWith: OF_PHOTOGRAPHS,
  }),
  min_face: integerKey(64, {
    group: ALIGNMENT,
    from: 1,
    description: 'Smallest width of a face in the photograph, in pixels.',
    usedWith: OF_PHOTOGRAPHS,
  }),
  min_sharpness: numberKey(0.5, {
    group: ALIGNMENT,
    from: 0,
    description: 'Least sharpness of a face (docs/data.md); 0 keeps the most blurred.',
  }),
  age_range: z
    .array(z.number().int().min(0).max(120))
    .length(2)
    .default([11, 100])
    .meta({
      group: DATA,
      description: 'Youngest and oldest to keep, in years.',
      expected: 'two whole numbers of years up to 120, YOUNGEST-OLDEST',
      separators: ['-', ','],
    }),
  out: requiredTextKey({
    group: OUTPUT,
    description: 'Directory of the data set to make, e.g. datasets/cacd.',
    ofRun: true,
  }),
  people: integerKey(60, {
    group: DATA,
    from: 2,
    description: 'People to draw.',
    usedWith: [{ words: [SYNTHETIC] }],
  }),
  split: choiceKey(['identity', 'image'], 'identity', {
    group: DATA,
    description:
      "Hold out whole people where they are named, or single pictures (the original's kind).",
  }),
  test_share: z.number().gt(0).lt(1).default(0.1).meta({
    group: DATA,
    description: 'Share of every age group held out for testing: figures are of it.',
    expected: 'a number between 0 and 1',
  }),
  validation_share: z.number().min(0).lt(1).default(0.1).meta({
    group: DATA,
    description:
      'Share of every age group held out for choosing steps, networks and settings; with 0 they are chosen on the test part.',
    expected: 'a number from 0 up to below 1',
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
    usedWith: OF_PHOTOGRAPHS,
  }),
  shard: optionalTextKey({
    group: RUN,
    description: 'Part of the pictures to examine, `2/8`; lists are made by the run that merges.',
  }),
  merge: switchKey({
    group: RUN,
    description:
      'Make the lists of what the shards have examined; an error where a picture is missing.',
    unusedWith: [{ settings: { shard: 'given' } }],
  }),
  ...clusterKeys(
    'Where pictures are examined: here, or by a job array of a Slurm cluster, whose parts another job merges.',
  ),
  json,
  seed,
  device: withMeta(device, { usedWith: OF_PHOTOGRAPHS }),
};

const agesRise: Rule = ({ age_range: range }) => {
  const [youngest, oldest] = Array.isArray(range) ? range.map(Number) : [];
  return youngest !== undefined && oldest !== undefined && youngest > oldest
    ? [`--age_range: expected YOUNGEST-OLDEST, got ${youngest}-${oldest}. Turn them round.`]
    : [];
};

const somethingIsLeft: Rule = ({ test_share: test, validation_share: validation }) =>
  typeof test === 'number' && typeof validation === 'number' && test + validation >= 1
    ? [
        `--validation_share: expected less than 1 together with --test_share (${test}), got ${validation}. Leave something to train on.`,
      ]
    : [];

/** Only of photographs can it be said that they are no crops. */
const sourceIsNamed: Rule = ({ aligned }, { word, given }) =>
  given.has('aligned') && aligned === false && areCrops(word, { aligned })
    ? [
        `--aligned: expected true without a source of photographs, got false. Name it: \`ipcgan prepare folder\`.`,
      ]
    : [];

/** What goes to a cluster says in how many parts, and is neither one of the parts nor drawn. */
const clusterHasParts: Rule = ({ launcher, shards, shard, merge }, { word }) => {
  if (launcher !== 'slurm') return [];
  const problems: string[] = [];
  if (shards === null)
    problems.push(
      '--shards: expected how many parts to make, got nothing. As many as nodes may work at a time.',
    );
  if (typeof shard === 'string' || merge === true)
    problems.push(
      '--launcher: expected slurm without --shard and --merge, got both. Its jobs have them.',
    );
  if (word === SYNTHETIC)
    problems.push(
      '--launcher: expected slurm with photographs, got it with `prepare synthetic`. Drawing is done here within minutes.',
    );
  return problems;
};

export const prepareRules: readonly Rule[] = [
  boundsRise,
  agesRise,
  somethingIsLeft,
  sourceIsNamed,
  clusterHasParts,
];
