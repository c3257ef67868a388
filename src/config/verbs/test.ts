/** @file Settings of `test` and `age`. */

import {
  choiceKey,
  integerKey,
  integersKey,
  optionalIntegerKey,
  optionalTextKey,
  switchKey,
  textKey,
  withMeta,
} from '../key';
import type { Condition } from '../key';
import {
  RUN_NAME,
  NETWORKS,
  DATA,
  ALIGNMENT,
  PRETRAINED,
  OUTPUT,
  device,
  json,
  config,
  generatorAgeBounds,
  boundsRise,
} from './common';
import { areMany, manyKeys, manyRule } from './many';
import type { Rule } from '../rules';

const WITH_ALIGN: Condition = { settings: { align: [true] } };

const minFace = integerKey(40, {
  group: ALIGNMENT,
  from: 1,
  description: 'Smallest width of a face in the photograph, in pixels.',
});

export const testKeys = {
  config,
  checkpoint_dir: textKey(`./checkpoints/age/${RUN_NAME}`, {
    group: PRETRAINED,
    description: 'Run directory, one checkpoint, or a TensorFlow 1 checkpoint.',
  }),
  step: optionalIntegerKey({
    group: PRETRAINED,
    from: 0,
    alias: ['model_index'],
    description: 'Step of the checkpoint; the newest when not given.',
  }),
  generator_weights: choiceKey(['auto', 'average', 'last'], 'auto', {
    group: PRETRAINED,
    description:
      "The generator's weights of the last step, or their moving average, which training with `--ema` saves beside them; `auto` is the average where there is one.",
  }),
  age_bounds: generatorAgeBounds,
  test_data_dir: textKey('./images/test/', {
    group: DATA,
    description: 'Folder of faces to age, cropped like the training data.',
    unusedWith: [{ settings: { list: 'given' } }],
  }),
  train_data_dir: textKey('./images/train/', {
    group: DATA,
    description:
      'Folder whose first 31 pictures are the company that a picture is normalised with.',
    usedWith: [{ settings: { batch_norm: ['batch'] } }],
  }),
  batch_norm: choiceKey(['moving', 'batch'], 'moving', {
    group: NETWORKS,
    description:
      "Normalise by the moving averages, or by the batch of the picture and 31 training pictures (the original's test).",
  }),
  groups: integersKey([], {
    group: OUTPUT,
    description: 'Age groups to show everybody at, e.g. 1,4; all but the youngest when not given.',
  }),
  show_mask: switchKey({
    group: OUTPUT,
    description:
      'Show where a generator with a mask painted over the input: a picture beside each, and a row on the sheet.',
  }),
  align: switchKey({
    group: ALIGNMENT,
    description:
      'Take photographs of any kind: find the faces, align them like the training data, age them, and paste them back.',
  }),
  face: choiceKey(['all', 'centre', 'largest'], 'all', {
    group: ALIGNMENT,
    description: 'Which faces of a photograph.',
    usedWith: [WITH_ALIGN],
  }),
  min_face: withMeta(minFace, { usedWith: [WITH_ALIGN] }),
  save_dir: textKey(`age/${RUN_NAME}`, {
    group: OUTPUT,
    description: 'Directory for the aged pictures and contact-sheet.png.',
    ofRun: true,
  }),
  ...manyKeys,
  json,
  device,
};

export const ageKeys = {
  to: optionalTextKey({
    group: OUTPUT,
    description:
      'Ages to show everybody at, comma separated: age groups as 50+,21-30, their numbers from 0, or years; all groups but the youngest when not given.',
  }),
  model: optionalTextKey({
    group: PRETRAINED,
    description:
      "A model's folder, a run, or one checkpoint; the model that comes with the package when not given.",
  }),
  out: textKey('aged', {
    group: OUTPUT,
    description:
      'Directory for the photographs, the faces alone (faces/) and contact-sheet.png; results of the same names are replaced.',
  }),
  show_mask: testKeys.show_mask,
  min_face: minFace,
  ...manyKeys,
  json,
  device,
};

/** Many photographs are of one folder, or of a list. */
const oneFolderOrList: Rule = (config, { paths }) => {
  const isList = typeof config.list === 'string';
  if (!areMany(config) || paths.length === (isList ? 0 : 1)) return [];
  return [
    `age: expected ${isList ? 'no photographs beside --list' : 'one folder with --shard and --launcher=slurm'}, got ${paths.length === 0 ? 'none' : paths.length}. Name the photographs in a file, and give it by --list.`,
  ];
};

export const ageRules: readonly Rule[] = [manyRule, oneFolderOrList];
export const testRules: readonly Rule[] = [boundsRise, manyRule];
