/** @file Settings of `pretrain`. */

import { z } from 'zod';
import {
  choiceKey,
  integerKey,
  numberKey,
  optionalTextKey,
  requiredChoiceKey,
  requiredNameKey,
  requiredTextKey,
  switchKey,
} from '../key';
import type { Condition } from '../key';
import type { Rule } from '../rules';
import {
  LOSSES,
  NETWORKS,
  OPTIMISATION,
  DATA,
  OUTPUT,
  RUN,
  compile,
  deterministic,
  device,
  json,
  override,
  resume,
  seed,
  movedRoot,
  config,
  loaderTimeout,
  maxRollbacks,
  onNan,
  schedule,
  warmupSteps,
  PRETRAINED,
  bfloat16IsCompiled,
  precision,
  microBatch,
  microBatchDivides,
} from './common';
import { workerKeys, workersDivide, workersStop } from './workers';

const OF_AGE: Condition = { settings: { task: ['age'] } };
const FINETUNED: Condition = { settings: { task: ['age'], trunk: ['finetune'] } };

export const pretrainKeys = {
  config,
  task: requiredChoiceKey(['identity', 'age'], {
    group: RUN,
    description: 'Which network: AlexNet over people, or the age head on its trunk.',
  }),
  teacher: choiceKey(['none', 'face-descriptor'], 'none', {
    group: NETWORKS,
    description:
      "Learn face-api's descriptor of each picture: identity for data without names; beside the age, so that identity stays.",
    usedWith: [{ settings: { task: ['identity'] } }, FINETUNED],
  }),
  data: requiredTextKey({
    group: DATA,
    description: 'Prepared data set (a directory with dataset.json).',
    resumable: true,
  }),
  root_folder: movedRoot,
  loader_timeout: loaderTimeout,
  min_pictures: integerKey(2, {
    group: DATA,
    from: 2,
    description: 'People with fewer pictures are left out.',
    usedWith: [
      {
        settings: { task: ['identity'], teacher: ['none'] },
        called: '--task=identity without --teacher',
      },
    ],
  }),
  balance: switchKey({
    group: DATA,
    description: 'Show every class equally often, however many pictures it has.',
  }),
  augment: z.boolean().default(true).meta({
    group: DATA,
    description:
      'Change pictures at random: mirrored, cut, coarser, lit otherwise; --augment=false leaves them as they are.',
    expected: 'true or false',
  }),
  alexnet_pretrained_model: optionalTextKey({
    group: PRETRAINED,
    description:
      'AlexNet to start from, a run, an import or a TensorFlow 1 checkpoint: what the age head stands on (`--task=age`), or what of it fits (`--task=identity`, which starts at random without).',
    resumable: true,
  }),
  age_pretrained_model: optionalTextKey({
    group: PRETRAINED,
    description:
      'Age classifier whose head the age head starts from, of the same groups and head_width; at random without.',
    resumable: true,
    usedWith: [OF_AGE],
  }),
  trunk: choiceKey(['frozen', 'finetune'], 'frozen', {
    group: NETWORKS,
    description: 'Whether the age head leaves conv1..conv5 as they are, or moves them too.',
    usedWith: [OF_AGE],
  }),
  trunk_rate: numberKey(0.1, {
    group: OPTIMISATION,
    above: 0,
    description:
      'Learning rate of what comes from alexnet_pretrained_model, as a multiple of learning_rate.',
    overridable: true,
    usedWith: [FINETUNED],
  }),
  head_width: integerKey(4096, {
    group: NETWORKS,
    from: 1,
    description:
      'Units of fc6 and fc7, or of age_fc6 and age_fc7; 4096 is the original. Other verbs read it from the saved network.',
  }),
  batch_norm: switchKey({
    group: NETWORKS,
    description:
      'Train with batch norm in every layer before its ReLU; it is folded into the weights that are saved.',
  }),
  dropout: z.number().min(0).lt(1).default(0.5).meta({
    group: OPTIMISATION,
    description: 'Share of hidden units dropped in training.',
    expected: 'a number from 0 up to below 1',
  }),
  label_sigma: numberKey(0, {
    group: OPTIMISATION,
    from: 0,
    description:
      'Years that an age is taken to be uncertain by: smooths labels over neighbouring groups; 0 turns it off.',
    usedWith: [OF_AGE],
  }),
  teacher_weight: numberKey(1, {
    group: LOSSES,
    from: 0,
    description: "Weight of the teacher's loss beside the age's.",
    usedWith: [{ settings: { task: ['age'], trunk: ['finetune'], teacher: ['face-descriptor'] } }],
  }),
  adversarial_radius: numberKey(0, {
    group: OPTIMISATION,
    from: 0,
    description:
      'Learn from pictures that are moved so far up the gradient of the loss, in levels by the Euclidean norm; 0 for the pictures as they are.',
  }),
  adversarial_size: integerKey(128, {
    group: OPTIMISATION,
    from: 1,
    description:
      'Side of the grid on which pictures are moved: the image_size of the generator that the network is for.',
    usedWith: [{ settings: { adversarial_radius: { above: 0 } } }],
  }),
  steps: integerKey(20_000, {
    group: OPTIMISATION,
    from: 1,
    description: 'Steps to train.',
    resumable: true,
  }),
  batch_size: integerKey(32, { group: OPTIMISATION, from: 1, description: 'Pictures a step.' }),
  micro_batch: microBatch,
  optimizer: choiceKey(['momentum', 'adam'], 'momentum', {
    group: OPTIMISATION,
    description: 'Gradient descent with momentum 0.9 (one copy of the weights), or Adam (two).',
  }),
  learning_rate: numberKey(0.003, {
    group: OPTIMISATION,
    above: 0,
    description: 'Learning rate at its highest.',
    overridable: true,
  }),
  schedule,
  warmup_steps: warmupSteps,
  weight_decay: numberKey(5e-4, {
    group: OPTIMISATION,
    from: 0,
    description:
      'Decay of weights: added to the gradient for momentum, times the rate beside it for Adam (AdamW).',
  }),
  patience: integerKey(0, {
    group: OPTIMISATION,
    from: 0,
    description:
      'Stop after so many evaluations on held-out pictures without a better one; 0 goes on to the end.',
  }),
  run: requiredNameKey({
    group: RUN,
    description: 'Name of the run: its directory is checkpoints/NAME.',
    ofRun: true,
  }),
  resume,
  override,
  on_nan: onNan,
  max_rollbacks: maxRollbacks,
  eval_every: integerKey(500, {
    group: OUTPUT,
    from: 1,
    description:
      'Steps between evaluations on the held-out pictures, which choose the best network; after each the run is saved.',
  }),
  log_every: integerKey(10, {
    group: OUTPUT,
    from: 1,
    description: 'Steps between lines of metrics.jsonl.',
    resumable: true,
  }),
  json,
  seed,
  compile,
  device,
  precision,
  deterministic,
  ...workerKeys,
};

const trunkIsThere: Rule = ({ task, alexnet_pretrained_model: trunk }) =>
  task === 'age' && trunk === null
    ? [
        '--alexnet_pretrained_model: expected the identity network that the age head stands on, got nothing. Pretrain one with --task=identity.',
      ]
    : [];

export const pretrainRules: readonly Rule[] = [
  bfloat16IsCompiled,
  trunkIsThere,
  microBatchDivides,
  workersDivide,
  workersStop,
];
