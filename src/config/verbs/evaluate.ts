/** @file Settings of `evaluate` and `verify-faces`. */

import {
  choiceKey,
  integerKey,
  optionalNumberKey,
  optionalTextKey,
  switchKey,
  withMeta,
} from '../key';
import type { Condition } from '../key';
import type { Rule } from '../rules';
import {
  DATA,
  NETWORKS,
  PRETRAINED,
  JUDGES,
  OUTPUT,
  RUN,
  device,
  json,
  config,
  boundsRise,
  loaderTimeout,
  movedRoot,
} from './common';
import { testKeys } from './test';

/** Reports that are there are read; nothing is judged. */
const COMPARES: Condition = { settings: { compare: [true] } };
/** No generator is looked at, and nobody is told from anybody. */
const AS_OUTPUTS: Condition = { settings: { real_as_outputs: [true] } };
const ALL_STEPS: Condition = { settings: { all_steps: [true] } };

export const evaluateKeys = {
  config,
  checkpoint_dir: withMeta(testKeys.checkpoint_dir, { unusedWith: [COMPARES] }),
  step: withMeta(testKeys.step, { unusedWith: [COMPARES, ALL_STEPS] }),
  generator_weights: withMeta(testKeys.generator_weights, {
    unusedWith: [COMPARES, AS_OUTPUTS],
  }),
  batch_norm: choiceKey(['moving', 'batch'], 'moving', {
    group: NETWORKS,
    description:
      'Normalise the generator by its moving averages, or each face by the batch that it forms with 31 training faces of `data`.',
    unusedWith: [COMPARES, AS_OUTPUTS],
  }),
  age_bounds: withMeta(testKeys.age_bounds, { unusedWith: [COMPARES] }),
  all_steps: switchKey({
    group: PRETRAINED,
    description:
      'Evaluate every checkpoint of the run on validation faces, draw the curves, and report the best on test faces.',
    unusedWith: [COMPARES, AS_OUTPUTS],
  }),
  data: optionalTextKey({
    group: DATA,
    description: 'Prepared data set whose test part is aged (a directory with dataset.json).',
    unusedWith: [COMPARES],
  }),
  root_folder: withMeta(movedRoot, { unusedWith: [COMPARES] }),
  loader_timeout: withMeta(loaderTimeout, { unusedWith: [COMPARES] }),
  part: choiceKey(['test', 'valid'], 'test', {
    group: DATA,
    description:
      'Part of `data` that is aged: test, to report; or validation, to choose by. `--all_steps` compares on validation, and reports the best on test.',
    unusedWith: [COMPARES, ALL_STEPS, AS_OUTPUTS],
  }),
  reference: optionalTextKey({
    group: DATA,
    description:
      'Prepared data set of the real photographs to compare with, where `data` has too few, or not all age groups.',
    unusedWith: [COMPARES],
  }),
  faces: integerKey(100, {
    group: DATA,
    from: 1,
    description: 'Faces of the part at most, chosen at random.',
    unusedWith: [COMPARES],
  }),
  real_faces: integerKey(100, {
    group: DATA,
    from: 2,
    description: 'Real photographs of each age group at most, chosen at random.',
    unusedWith: [COMPARES],
  }),
  judge: choiceKey(['face-api', 'deepface'], 'face-api', {
    group: JUDGES,
    description:
      "Who tells first whether two faces are one person; `deepface` is the original's way, and needs --weights.",
    unusedWith: [COMPARES, AS_OUTPUTS],
  }),
  weights: optionalTextKey({
    group: JUDGES,
    description: 'Weights of DeepFace as Keras writes them, .h5.',
    usedWith: [{ settings: { judge: ['deepface'] } }],
    unusedWith: [COMPARES, AS_OUTPUTS],
  }),
  threshold: optionalNumberKey({
    group: JUDGES,
    above: 0,
    description:
      'Largest distance of one person for the first judge; set by real pairs when not given (`deepface`: 50).',
    unusedWith: [COMPARES, AS_OUTPUTS],
  }),
  age_judge: optionalTextKey({
    group: JUDGES,
    description:
      'Age classifier that was not in the loss: a pretrain run, or a TensorFlow 1 checkpoint.',
    unusedWith: [COMPARES],
  }),
  real_as_outputs: switchKey({
    group: DATA,
    description:
      "Score the real photographs as if the checkpoint had made them, to see the judges' own error come out.",
    unusedWith: [COMPARES, ALL_STEPS],
  }),
  compare: switchKey({
    group: OUTPUT,
    description: 'Compare reports that are there: `ipcgan evaluate --compare A B`.',
  }),
  out: optionalTextKey({
    group: OUTPUT,
    description: 'Directory of the report; CHECKPOINT_DIR/evaluation when not given.',
    ofRun: true,
  }),
  cache_dir: optionalTextKey({
    group: OUTPUT,
    description:
      'Folder where what the judges say of real photographs is kept; DATA/judged when not given.',
    unusedWith: [COMPARES],
  }),
  seed: integerKey(1, {
    group: RUN,
    from: 0,
    description: 'Seed of the choice of faces and of the intervals.',
  }),
  json,
  device: withMeta(device, { unusedWith: [COMPARES] }),
};

const pathsAreReports: Rule = ({ compare }, { paths: [first] }) =>
  first === undefined || compare !== false
    ? []
    : [`expected flags only, got '${first}'. To compare reports: ipcgan evaluate --compare A B.`];

export const evaluateRules: readonly Rule[] = [pathsAreReports, boundsRise];

export const verifyFacesKeys = {
  weights: optionalTextKey({
    group: JUDGES,
    description:
      "Weights of DeepFace as Keras writes them, .h5, to judge as the original's notebook does; face-api's descriptor judges when not given.",
  }),
  threshold: optionalNumberKey({
    group: JUDGES,
    above: 0,
    description:
      'Largest distance of one person; a calibrated one (docs/evaluation.md) when not given, 50 for DeepFace.',
  }),
  json,
  device,
};
