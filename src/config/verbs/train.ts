/** @file Settings of `train`. */

import { z } from 'zod';
import { FEATURE_DISTANCES } from '../../losses/identity';
import { weightKeyOf } from '../../losses/term';
import type { LossTerm } from '../../losses/term';
import { LOSS_TERMS } from '../../losses/terms';
import type { LossTermName } from '../../losses/terms';
import { DISCRIMINATOR_KINDS, DISCRIMINATOR_NORMS } from '../../models/discriminator';
import { UPSAMPLINGS } from '../../models/generator-record';
import { DECODING_KINDS, GENERATOR_KINDS, GENERATORS, MASKED_KINDS } from '../../models/generators';
import {
  choiceKey,
  integerKey,
  numberKey,
  optionalNameKey,
  optionalNumberKey,
  optionalTextKey,
  switchKey,
  textKey,
  withMeta,
} from '../key';
import type { Condition } from '../key';
import type { Rule } from '../rules';
import {
  RUN_NAME,
  LOSSES,
  NETWORKS,
  OPTIMISATION,
  DATA,
  PRETRAINED,
  OUTPUT,
  RUN,
  compile,
  deterministic,
  device,
  json,
  override,
  resume,
  seed,
  ageBounds,
  config,
  loaderTimeout,
  maxRollbacks,
  onNan,
  schedule,
  warmupSteps,
  alexNetFile,
  bfloat16IsCompiled,
  boundsRise,
  microBatch,
  microBatchDivides,
  precision,
} from './common';
import { workerKeys, workersDivide, workersStop } from './workers';

const WITH_MASK: Condition = { settings: { generator: MASKED_KINDS } };
const WITH_DECODER: Condition = { settings: { generator: DECODING_KINDS } };

/** The weight of every loss term, `NAME_loss_weight`. */
const lossWeightKeys = Object.fromEntries(
  LOSS_TERMS.map((term) => {
    const { weight, description, needs } = term as LossTerm;
    const usedWith = needs === 'mask' ? { usedWith: [WITH_MASK] } : {};
    return [
      weightKeyOf(term),
      numberKey(weight, {
        group: LOSSES,
        from: 0,
        description,
        ...usedWith,
        overridable: 'positive',
      }),
    ];
  }),
) as Record<`${LossTermName}_loss_weight`, z.ZodDefault<z.ZodNumber>>;
/** A loss that a weight of 0 turns off uses nothing. */
const WITH_IDENTITY_LOSS: Condition = { settings: { fea_loss_weight: { above: 0 } } };
const WITH_AGE_LOSS: Condition = { settings: { age_loss_weight: { above: 0 } } };
const WITH_PROTOTYPES: Condition = { settings: { prototype_loss_weight: { above: 0 } } };
/** Nothing is left that the common rate is for. */
const BOTH_RATES: Condition = {
  settings: { d_learning_rate: 'given', g_learning_rate: 'given' },
  called: '--d_learning_rate and --g_learning_rate',
};
/** A discriminator of features has no batch norm. */
const WITH_PIXELS: Condition = { settings: { discriminator: ['patch'] } };
/** With one label a batch, all of its real pictures come from one group at once. */
const BY_PICTURE: Condition = { settings: { labels: ['picture'] } };

const WITHOUT_NETWORKS =
  'A new run that names neither network, and finds none at their usual places, takes those that come with the package, where it has them.';

export const trainKeys = {
  config,
  data: optionalTextKey({
    group: DATA,
    description:
      'Prepared data set (a directory with dataset.json); fills root_folder, source_file and the other lists.',
    resumable: true,
    insteadOf: ['root_folder', 'source_file'],
  }),
  root_folder: textKey('CACD_cropped_400/', {
    group: DATA,
    description:
      'Folder that the names in the lists are relative to; with `--data`, where its pictures are now, if they have moved.',
    resumable: true,
  }),
  source_file: textKey('train.txt', {
    group: DATA,
    description: 'List of source pictures, `NAME GROUP` a line; the other lists lie beside it.',
    resumable: true,
    insteadOf: ['data'],
  }),
  check_data: switchKey({
    group: DATA,
    description:
      'Decode every listed picture before training begins, and name those that are not whole; of a prepared data set compare every file with what was written down of it, too. The first bytes of pictures are always looked at.',
    resumable: true,
  }),
  loader_timeout: loaderTimeout,
  age_bounds: ageBounds,
  fresh_sources: switchKey({
    group: DATA,
    description:
      "Draw other sources for the generator's update than for the discriminator's, as the original does.",
  }),
  labels: choiceKey(['batch', 'picture'], 'batch', {
    group: DATA,
    description:
      'One target group a step for the whole batch, as the original has it, or one a picture: batch norm hides what a whole batch shares, so that ageing is learnt far sooner with `picture`.',
  }),
  match: choiceKey(['none', 'gender', 'gender_and_race'], 'none', {
    group: DATA,
    description:
      'Show D a real picture of the gender of each source, or of its gender and race, as the labels of the manifest have them: where the old are mostly white men, women do not grow moustaches to look old, and nobody turns white.',
    usedWith: [BY_PICTURE],
  }),
  augment: switchKey({
    group: DATA,
    description:
      'Change pictures at random: mirrored, cut by up to a tenth, lit otherwise; off in the original.',
  }),

  ...lossWeightKeys,
  fea_layer_name: choiceKey(['conv3', 'conv4', 'conv5', 'pool5', 'fc6', 'fc7'], 'conv5', {
    group: LOSSES,
    description: 'Layer of AlexNet whose activations the identity loss compares.',
    usedWith: [WITH_IDENTITY_LOSS],
  }),
  fea_distance: choiceKey(FEATURE_DISTANCES, 'sum', {
    group: LOSSES,
    description:
      "How the identity loss compares: the sum of squared differences, as the original has it, or that sum relative to the source's own sum of squares, whose weight fits any layer.",
    usedWith: [WITH_IDENTITY_LOSS],
  }),
  prototype_strength: numberKey(1, {
    group: LOSSES,
    above: 0,
    description:
      "How far the prototype term moves a source: 1 for as much as the mean faces of its group and of the target's differ, 2 for twice as much.",
    usedWith: [WITH_PROTOTYPES],
  }),
  perceptual_augment: switchKey({
    group: LOSSES,
    description:
      'Show source and fake to the perceptual networks through the same random change: mirrored, cut by up to a tenth, lit otherwise; off in the original.',
    usedWith: [WITH_IDENTITY_LOSS, WITH_AGE_LOSS],
  }),
  d_augment: switchKey({
    group: LOSSES,
    description:
      'Show every picture to the discriminator through a random change of its own: mirrored, moved by up to an eighth, lit otherwise, with a hole of a quarter side; off in the original.',
  }),

  image_size: z.number().int().min(16).multipleOf(4).default(128).meta({
    group: NETWORKS,
    description: 'Height and width of generated pictures, in pixels.',
    expected: 'a multiple of 4 from 16 up',
    advice: 'The generator halves the picture twice: use 64, 128 or 256.',
  }),
  generator: choiceKey(GENERATOR_KINDS, GENERATOR_KINDS[0], {
    group: NETWORKS,
    description: `Kind of the generator: ${GENERATORS.map(({ kind, description }) => `${kind}, ${description}`).join('; ')}.`,
  }),
  age_groups: z.number().int().min(2).max(10).default(5).meta({
    group: NETWORKS,
    description: 'Number of age groups.',
    expected: 'a whole number from 2 to 10',
  }),
  width: numberKey(1, {
    group: NETWORKS,
    above: 0,
    description:
      'Multiplier of the channels of generator and discriminator, for small experiments; 1 is the original.',
  }),
  upsampling: choiceKey(UPSAMPLINGS, 'transposed', {
    group: NETWORKS,
    description:
      "How the generator's decoder doubles the size: transposed convolutions, as the original has it, or resize, nearest neighbours and then a convolution, which leaves no checkerboard and takes longer.",
    usedWith: [WITH_DECODER],
  }),
  discriminator: choiceKey(DISCRIMINATOR_KINDS, 'patch', {
    group: NETWORKS,
    description:
      'What the discriminator looks at: patch, the picture, as the original has it; projected, what the frozen perceptual network sees in it, which learns what is wrong far sooner, and takes a fraction of the time.',
  }),
  d_norm: choiceKey(DISCRIMINATOR_NORMS, 'batch', {
    group: NETWORKS,
    description:
      'Batch norm in the discriminator, as the original has it, or none: batch norm hides from it what all generated pictures have in common, such as a tint.',
    usedWith: [WITH_PIXELS],
  }),
  label_scale: numberKey(1, {
    group: NETWORKS,
    above: 0,
    description:
      "What the generator's label map holds at the target group: 1 in the original, where pixels reach 150 and drown it; near 100, ageing is learnt within hundreds of steps.",
  }),
  noise_dim: integerKey(256, {
    group: NETWORKS,
    from: 0,
    description:
      "Accepted for the original's scripts; its graph does not use it, and neither does ours.",
  }),
  feature_size: integerKey(128, {
    group: NETWORKS,
    from: 0,
    description:
      "Accepted for the original's scripts; its graph does not use it, and neither does ours.",
  }),

  learning_rate: numberKey(0.001, {
    group: OPTIMISATION,
    above: 0,
    description: 'Learning rate of both Adam optimisers, at its highest.',
    unusedWith: [BOTH_RATES],
    overridable: true,
  }),
  d_learning_rate: optionalNumberKey({
    group: OPTIMISATION,
    above: 0,
    description: "The discriminator's own learning rate; learning_rate when not given.",
    overridable: true,
  }),
  g_learning_rate: optionalNumberKey({
    group: OPTIMISATION,
    above: 0,
    description: "The generator's own learning rate; learning_rate when not given.",
    overridable: true,
  }),
  schedule,
  warmup_steps: warmupSteps,
  batch_size: integerKey(32, { group: OPTIMISATION, from: 1, description: 'Pictures a step.' }),
  micro_batch: microBatch,
  max_steps: integerKey(200_000, {
    group: OPTIMISATION,
    from: 1,
    description: 'Steps to train in all.',
    resumable: true,
  }),
  d_iter: integerKey(1, {
    group: OPTIMISATION,
    from: 1,
    description: 'Updates of the discriminator a step.',
  }),
  g_iter: integerKey(1, {
    group: OPTIMISATION,
    from: 1,
    description: 'Updates of the generator a step.',
  }),
  ema: z.number().min(0).lt(1).default(0).meta({
    group: OPTIMISATION,
    description:
      "Decay of a moving average of the generator's weights, which is saved beside them and shown in their place; 0 has none, as the original; 0.999 is usual.",
    expected: 'a number from 0 up to below 1',
  }),

  // the age classifier must stand on it
  alexnet_pretrained_model: withMeta(alexNetFile, {
    description: `Identity network (conv1..5, fc6, fc7): a pretrain run, or a TensorFlow 1 checkpoint. ${WITHOUT_NETWORKS}`,
    usedWith: [WITH_IDENTITY_LOSS, WITH_AGE_LOSS],
  }),
  age_pretrained_model: textKey('pre_trained/age_classifier.model-300000', {
    group: PRETRAINED,
    description: `Age classifier (age_fc6..8): a pretrain run, or a TensorFlow 1 checkpoint. ${WITHOUT_NETWORKS}`,
    resumable: true,
    usedWith: [WITH_AGE_LOSS],
  }),
  second_age_model: optionalTextKey({
    group: PRETRAINED,
    description:
      'A second age classifier with a trunk of its own, a run of `pretrain --task=age`, say: the age term is the mean of both. What pleases two networks is harder to fake.',
    resumable: true,
    usedWith: [WITH_AGE_LOSS],
  }),
  allow_untrained: switchKey({
    group: PRETRAINED,
    description: 'Go on with random weights where a pretrained file does not exist.',
  }),
  source_checkpoint_dir: optionalTextKey({
    group: PRETRAINED,
    description:
      'Run or TensorFlow 1 checkpoint that a new run takes its starting weights from (step 0, fresh Adam).',
  }),

  run: optionalNameKey({
    group: RUN,
    description: 'Name of the run: its directory is checkpoints/NAME.',
    ofRun: true,
    insteadOf: ['checkpoint_dir'],
  }),
  checkpoint_dir: textKey(`./checkpoints/age/${RUN_NAME}`, {
    group: RUN,
    description: 'Directory of the run, where --run is not given.',
    ofRun: true,
    insteadOf: ['run'],
  }),
  seed,
  ...workerKeys,
  compile,
  device,
  precision,
  deterministic,
  resume,
  override,
  on_nan: onNan,
  max_rollbacks: maxRollbacks,
  dry_run: switchKey({
    group: RUN,
    description: 'Resolve, check and print the config and the data; train nothing.',
    resumable: true,
    ofRun: true,
  }),

  sample_dir: optionalTextKey({
    group: OUTPUT,
    description: 'Directory of sample grids; RUN/samples when not given.',
    resumable: true,
    ofRun: true,
  }),
  held_out_faces: integerKey(32, {
    group: OUTPUT,
    from: 1,
    description:
      'Faces of the validation part that the held-out terms are measured on, evenly spread over it.',
  }),
  log_every: integerKey(10, {
    group: OUTPUT,
    from: 1,
    description: 'Steps between lines of metrics.jsonl.',
    resumable: true,
  }),
  sample_every: integerKey(5000, {
    group: OUTPUT,
    from: 1,
    description: 'Steps between sample grids and weight histograms.',
    resumable: true,
  }),
  save_every: integerKey(10_000, {
    group: OUTPUT,
    from: 1,
    description: 'Steps between checkpoints; the last step is always saved.',
    resumable: true,
  }),
  keep: integerKey(200, {
    group: OUTPUT,
    from: 1,
    description: 'Checkpoints to keep; all but the newest two are generators only.',
    resumable: true,
  }),
  keep_every: integerKey(0, {
    group: OUTPUT,
    from: 0,
    description:
      'Keep the generators of all checkpoints whose step is a multiple of it, too, however old; 0 keeps none for that.',
    resumable: true,
  }),
  json,
};

const oneDirectory: Rule = ({ run }, { given }) =>
  run !== null && given.has('run') && given.has('checkpoint_dir')
    ? ['--run: expected --run or --checkpoint_dir, got both. --run NAME means checkpoints/NAME.']
    : [];

/** A prepared data set brings its own bounds. */
const boundsFitGroups: Rule = ({ age_bounds: bounds, age_groups: groups, data }) =>
  Array.isArray(bounds) &&
  typeof groups === 'number' &&
  data === null &&
  bounds.length !== groups - 1
    ? [
        `--age_bounds: expected ${groups - 1} bounds for ${groups} age groups, got ${bounds.length}. Give one fewer than age_groups.`,
      ]
    : [];

export const trainRules: readonly Rule[] = [
  bfloat16IsCompiled,
  boundsRise,
  microBatchDivides,
  workersDivide,
  workersStop,
  oneDirectory,
  boundsFitGroups,
];
