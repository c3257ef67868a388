/** @file Every setting of every verb: the one source of flags, config files, help, defaults and docs/configuration.md. */

import { z } from 'zod';
import {
  choiceKey,
  integerKey,
  integersKey,
  numberKey,
  optionalIntegerKey,
  optionalNumberKey,
  optionalTextKey,
  requiredChoiceKey,
  requiredTextKey,
  switchKey,
  textKey,
} from './key';

const RUN_NAME = '0_conv5_lsgan_transfer_g75_0.5f-4_a30';
const [LOSSES, NETWORKS, OPTIMISATION, DATA, ALIGNMENT, PRETRAINED, JUDGES, OUTPUT, RUN] = [
  'Losses',
  'Networks',
  'Optimisation',
  'Data',
  'Faces',
  'Pretrained networks',
  'Judges',
  'Output',
  'Run',
] as const;

const device = choiceKey(['auto', 'cpu', 'cuda'], 'auto', {
  group: RUN,
  description: 'Where to compute; `auto` takes a GPU where there is one, `cuda` without one is an error.',
  resumable: true,
});
const json = switchKey({ group: OUTPUT, description: 'Print one JSON object as the last line of stdout.' });
const seed = integerKey(1, { group: RUN, from: 0, description: 'Seed of starting weights and of the order of the data.' });
const AUGMENTATION = 'Change pictures at random: mirrored, cut by up to a tenth, lit otherwise';
const ageBounds = integersKey([20, 30, 40, 50], {
  group: DATA,
  description: 'Last year of every age group but the oldest, comma separated: one fewer than age_groups.',
});
const config = optionalTextKey({ group: RUN, description: 'YAML or JSON file of settings; flags win over it.' });
const alexNetFile = textKey('pre_trained/alexnet.model-292000', {
  group: PRETRAINED,
  description: 'Identity network (conv1..5, fc6, fc7): a pretrain run, or a TensorFlow 1 checkpoint.',
  resumable: true,
});

const trainKeys = {
  config,
  data: optionalTextKey({
    group: DATA,
    description: 'Prepared data set (a directory with dataset.json); fills root_folder, source_file and the other lists.',
    resumable: true,
  }),
  root_folder: textKey('CACD_cropped_400/', {
    group: DATA,
    description: 'Folder that the names in the lists are relative to.',
    resumable: true,
  }),
  source_file: textKey('train.txt', {
    group: DATA,
    description: 'List of source pictures, `NAME GROUP` a line; the other lists lie beside it.',
    resumable: true,
  }),
  age_bounds: ageBounds,
  fresh_sources: switchKey({
    group: DATA,
    description: "Draw other sources for the generator's update than for the discriminator's, as the original does.",
  }),
  augment: switchKey({ group: DATA, description: `${AUGMENTATION}; off in the original.` }),

  gan_loss_weight: numberKey(75, { group: LOSSES, from: 0, description: 'Weight of the adversarial losses of both networks.' }),
  fea_loss_weight: numberKey(0.5e-4, {
    group: LOSSES,
    from: 0,
    description: 'Weight of the identity loss (a sum over features, hence small); 0 turns it off.',
  }),
  age_loss_weight: numberKey(30, { group: LOSSES, from: 0, description: 'Weight of the age classification loss; 0 turns it off.' }),
  tv_loss_weight: numberKey(0, {
    group: LOSSES,
    from: 0,
    description: 'Weight of the total variation of generated pictures; 0 turns it off.',
  }),
  fea_layer_name: choiceKey(['conv3', 'conv4', 'conv5', 'pool5', 'fc6', 'fc7'], 'conv5', {
    group: LOSSES,
    description: 'Layer of AlexNet whose activations the identity loss compares.',
  }),

  image_size: z.number().int().min(16).multipleOf(4).default(128).meta({
    group: NETWORKS,
    description: 'Height and width of generated pictures, in pixels.',
    expected: 'a multiple of 4 from 16 up',
    advice: 'The generator halves the picture twice: use 64, 128 or 256.',
  }),
  age_groups: z
    .number()
    .int()
    .min(2)
    .max(10)
    .default(5)
    .meta({ group: NETWORKS, description: 'Number of age groups.', expected: 'a whole number from 2 to 10' }),
  width: numberKey(1, {
    group: NETWORKS,
    above: 0,
    description: 'Multiplier of the channels of generator and discriminator, for small experiments; 1 is the original.',
  }),
  noise_dim: integerKey(256, {
    group: NETWORKS,
    from: 0,
    description: "Accepted for the original's scripts; its graph does not use it, and neither does ours.",
  }),
  feature_size: integerKey(128, {
    group: NETWORKS,
    from: 0,
    description: "Accepted for the original's scripts; its graph does not use it, and neither does ours.",
  }),

  learning_rate: numberKey(0.001, { group: OPTIMISATION, above: 0, description: 'Learning rate of both Adam optimisers.' }),
  batch_size: integerKey(32, { group: OPTIMISATION, from: 1, description: 'Pictures a step.' }),
  micro_batch: optionalIntegerKey({
    group: OPTIMISATION,
    from: 1,
    description:
      'Pictures that the networks see at once, a divisor of batch_size: less memory, somewhat slower, and batch norm by the statistics of so many.',
  }),
  max_steps: integerKey(200_000, { group: OPTIMISATION, from: 1, description: 'Steps to train in all.', resumable: true }),
  d_iter: integerKey(1, { group: OPTIMISATION, from: 1, description: 'Updates of the discriminator a step.' }),
  g_iter: integerKey(1, { group: OPTIMISATION, from: 1, description: 'Updates of the generator a step.' }),

  alexnet_pretrained_model: alexNetFile,
  age_pretrained_model: textKey('pre_trained/age_classifier.model-300000', {
    group: PRETRAINED,
    description: 'Age classifier (age_fc6..8): a pretrain run, or a TensorFlow 1 checkpoint.',
    resumable: true,
  }),
  allow_untrained: switchKey({
    group: PRETRAINED,
    description: 'Go on with random weights where a pretrained file does not exist.',
    resumable: true,
  }),
  source_checkpoint_dir: optionalTextKey({
    group: PRETRAINED,
    description: 'Run or TensorFlow 1 checkpoint that a new run takes its starting weights from (step 0, fresh Adam).',
  }),

  run: optionalTextKey({ group: RUN, description: 'Name of the run: its directory is checkpoints/NAME.' }),
  checkpoint_dir: textKey(`./checkpoints/age/${RUN_NAME}`, { group: RUN, description: 'Directory of the run, where --run is not given.' }),
  seed,
  device,
  resume: switchKey({ group: RUN, description: 'Continue the run from its last checkpoint, with its own config.', resumable: true }),
  dry_run: switchKey({ group: RUN, description: 'Resolve, check and print the config and the data; train nothing.', resumable: true }),

  sample_dir: optionalTextKey({ group: OUTPUT, description: 'Directory of sample grids; RUN/samples when not given.', resumable: true }),
  log_every: integerKey(10, { group: OUTPUT, from: 1, description: 'Steps between lines of metrics.jsonl.', resumable: true }),
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
};

const testKeys = {
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
  test_data_dir: textKey('./images/test/', { group: DATA, description: 'Folder of faces to age, cropped like the training data.' }),
  train_data_dir: textKey('./images/train/', {
    group: DATA,
    description: 'Folder whose first 31 pictures are the company that `--batch_norm=batch` normalises with.',
  }),
  batch_norm: choiceKey(['moving', 'batch'], 'moving', {
    group: NETWORKS,
    description: "Normalise by the moving averages, or by the batch of the picture and 31 training pictures (the original's test).",
  }),
  groups: integersKey([], {
    group: OUTPUT,
    description: 'Age groups to show everybody at, e.g. 1,4; all but the youngest when not given.',
  }),
  align: switchKey({
    group: ALIGNMENT,
    description: 'Take photographs of any kind: find the faces, align them like the training data, age them, and paste them back.',
  }),
  face: choiceKey(['all', 'centre', 'largest'], 'all', { group: ALIGNMENT, description: 'Which faces of a photograph (`--align`).' }),
  min_face: integerKey(40, {
    group: ALIGNMENT,
    from: 1,
    description: 'Smallest width of a face in the photograph, in pixels (`--align`).',
  }),
  save_dir: textKey(`age/${RUN_NAME}`, { group: OUTPUT, description: 'Directory for the aged pictures and contact-sheet.png.' }),
  device,
};

const prepareKeys = {
  images: optionalTextKey({
    group: DATA,
    description: 'Folder of photographs; without a source word, of aligned crops whose names begin with the age.',
  }),
  meta: optionalTextKey({
    group: DATA,
    description: 'celebrity2000_meta.mat (`prepare cacd`); without it, names of files tell age and person.',
  }),
  manifest: optionalTextKey({
    group: DATA,
    description: 'CSV (with a header line) or JSONL of path, age, and optionally identity, year, split (`prepare folder`).',
  }),
  aligned: switchKey({
    group: ALIGNMENT,
    description: 'The pictures are aligned crops: look for no faces, leave them where they are. Default where no source word is given.',
  }),
  face: choiceKey(['centre', 'largest', 'all'], 'centre', {
    group: ALIGNMENT,
    description: 'Which face of a photograph that shows several.',
  }),
  min_face: integerKey(64, { group: ALIGNMENT, from: 1, description: 'Smallest width of a face in the photograph, in pixels.' }),
  min_sharpness: numberKey(0.5, {
    group: ALIGNMENT,
    from: 0,
    description: 'Least sharpness of a face (docs/data.md); 0 keeps the most blurred.',
  }),
  age_range: z
    .array(z.number().int().min(0).max(120))
    .length(2)
    .default([11, 100])
    .meta({ group: DATA, description: 'Youngest and oldest to keep, in years.', expected: 'two whole numbers of years, YOUNGEST-OLDEST' }),
  out: requiredTextKey({ group: OUTPUT, description: 'Directory of the data set to make, e.g. datasets/cacd.' }),
  people: integerKey(60, { group: DATA, from: 2, description: 'People to draw (`prepare synthetic`).' }),
  split: choiceKey(['identity', 'image'], 'identity', {
    group: DATA,
    description: "Hold out whole people where they are named, or single pictures (the original's kind).",
  }),
  test_share: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .meta({ group: DATA, description: 'Share of every age group held out for testing.', expected: 'a number between 0 and 1' }),
  pairs: integerKey(20_000, { group: DATA, from: 20, description: 'Lines of train_label_pair.txt; training wraps round.' }),
  age_bounds: ageBounds,
  workers: optionalIntegerKey({ group: RUN, from: 1, description: 'Processes that look for faces; one a core when not given.' }),
  shard: optionalTextKey({ group: RUN, description: 'Part of the pictures to examine, `2/8`; lists are made by the run that merges.' }),
  merge: switchKey({ group: RUN, description: 'Make the lists of what the shards have examined; an error where a picture is missing.' }),
  launcher: choiceKey(['local', 'slurm'], 'local', {
    group: RUN,
    description: 'Where pictures are examined: here, or by a job array of a Slurm cluster, whose parts another job merges.',
  }),
  shards: optionalIntegerKey({ group: RUN, from: 1, description: 'Parts to make of the pictures, a task each (`--launcher=slurm`).' }),
  slurm: optionalTextKey({
    group: RUN,
    description:
      "YAML or JSON file of what a task asks of the cluster, like a sweep's `slurm` section (`--launcher=slurm`; docs/cluster.md).",
  }),
  seed,
  device,
};

const evaluateKeys = {
  config,
  checkpoint_dir: testKeys.checkpoint_dir,
  step: testKeys.step,
  all_steps: switchKey({ group: PRETRAINED, description: 'Evaluate every checkpoint of the run, draw the curves, and name the best.' }),
  data: optionalTextKey({ group: DATA, description: 'Prepared data set whose test half is aged (a directory with dataset.json).' }),
  reference: optionalTextKey({
    group: DATA,
    description: 'Prepared data set of the real photographs to compare with, where `data` has too few, or not all age groups.',
  }),
  faces: integerKey(100, { group: DATA, from: 1, description: 'Test faces at most, chosen at random.' }),
  real_faces: integerKey(100, { group: DATA, from: 2, description: 'Real photographs of each age group at most, chosen at random.' }),
  judge: choiceKey(['face-api', 'deepface'], 'face-api', {
    group: JUDGES,
    description: "Who tells first whether two faces are one person; `deepface` is the original's way, and needs --weights.",
  }),
  weights: optionalTextKey({ group: JUDGES, description: 'Weights of DeepFace as Keras writes them, .h5 (`--judge=deepface`).' }),
  threshold: optionalNumberKey({
    group: JUDGES,
    above: 0,
    description: 'Largest distance of one person for the first judge; set by real pairs when not given (`deepface`: 50).',
  }),
  age_judge: optionalTextKey({
    group: JUDGES,
    description: 'Age classifier that was not in the loss: a pretrain run, or a TensorFlow 1 checkpoint.',
  }),
  real_as_outputs: switchKey({
    group: DATA,
    description: "Score the real photographs as if the checkpoint had made them, to see the judges' own error come out.",
  }),
  compare: switchKey({ group: OUTPUT, description: 'Compare reports that are there: `ipcgan evaluate --compare A B`.' }),
  out: optionalTextKey({ group: OUTPUT, description: 'Directory of the report; CHECKPOINT_DIR/evaluation when not given.' }),
  cache_dir: optionalTextKey({
    group: OUTPUT,
    description: 'Folder where what the judges say of real photographs is kept; DATA/judged when not given.',
  }),
  seed: integerKey(1, { group: RUN, from: 0, description: 'Seed of the choice of faces and of the intervals.' }),
  json,
  device,
};

const verifyFacesKeys = {
  weights: requiredTextKey({ group: JUDGES, description: 'Weights of DeepFace as Keras writes them, .h5.' }),
  threshold: numberKey(50, { group: JUDGES, above: 0, description: 'Largest distance of one person.' }),
  json,
  device,
};

const pretrainKeys = {
  config,
  task: requiredChoiceKey(['identity', 'age'], {
    group: RUN,
    description: 'Which network: AlexNet over people, or the age head on its trunk.',
  }),
  teacher: choiceKey(['none', 'face-descriptor'], 'none', {
    group: NETWORKS,
    description:
      "Learn face-api's descriptor of each picture: identity for data without names; with --trunk=finetune beside the age, so that identity stays.",
  }),
  data: requiredTextKey({ group: DATA, description: 'Prepared data set (a directory with dataset.json).' }),
  min_pictures: integerKey(2, { group: DATA, from: 2, description: 'People with fewer pictures are left out (`--task=identity`).' }),
  balance: switchKey({ group: DATA, description: 'Show every class equally often, however many pictures it has.' }),
  augment: z.boolean().default(true).meta({
    group: DATA,
    description: 'Change pictures at random: mirrored, cut, coarser, lit otherwise; --augment=false leaves them as they are.',
    expected: 'true or false',
  }),
  alexnet_pretrained_model: alexNetFile,
  trunk: choiceKey(['frozen', 'finetune'], 'frozen', {
    group: NETWORKS,
    description: 'Whether the age head leaves conv1..conv5 as they are, or moves them too (`--task=age`).',
  }),
  trunk_rate: numberKey(0.1, {
    group: OPTIMISATION,
    above: 0,
    description: 'Learning rate of what comes from alexnet_pretrained_model, as a multiple of learning_rate (`--trunk=finetune`).',
  }),
  head_width: integerKey(4096, {
    group: NETWORKS,
    from: 1,
    description: 'Units of fc6 and fc7, or of age_fc6 and age_fc7; 4096 is the original. Other verbs read it from the saved network.',
  }),
  batch_norm: switchKey({
    group: NETWORKS,
    description: 'Train with batch norm in every layer before its ReLU; it is folded into the weights that are saved.',
  }),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.5)
    .meta({ group: OPTIMISATION, description: 'Share of hidden units dropped in training.', expected: 'a number from 0 up to below 1' }),
  label_sigma: numberKey(0, {
    group: OPTIMISATION,
    from: 0,
    description: 'Years that an age is taken to be uncertain by: smooths labels over neighbouring groups (`--task=age`); 0 turns it off.',
  }),
  teacher_weight: numberKey(1, { group: LOSSES, from: 0, description: "Weight of the teacher's loss beside the age's." }),
  steps: integerKey(20_000, { group: OPTIMISATION, from: 1, description: 'Steps to train.', resumable: true }),
  batch_size: integerKey(32, { group: OPTIMISATION, from: 1, description: 'Pictures a step.' }),
  optimizer: choiceKey(['momentum', 'adam'], 'momentum', {
    group: OPTIMISATION,
    description: 'Gradient descent with momentum 0.9 (one copy of the weights), or Adam (two).',
  }),
  learning_rate: numberKey(0.003, { group: OPTIMISATION, above: 0, description: 'Learning rate at its highest.' }),
  schedule: choiceKey(['constant', 'step', 'cosine'], 'constant', {
    group: OPTIMISATION,
    description:
      'How the learning rate falls: not; to a tenth at a half and again at three quarters of the steps; along half a cosine to 0.',
  }),
  warmup_steps: integerKey(0, { group: OPTIMISATION, from: 0, description: 'Steps in which the learning rate rises from 0.' }),
  weight_decay: numberKey(5e-4, {
    group: OPTIMISATION,
    from: 0,
    description: 'Decay of weights: added to the gradient for momentum, times the rate beside it for Adam (AdamW).',
  }),
  patience: integerKey(0, {
    group: OPTIMISATION,
    from: 0,
    description: 'Stop after so many evaluations without a better one; 0 goes on to the end.',
  }),
  run: requiredTextKey({ group: RUN, description: 'Name of the run: its directory is checkpoints/NAME.' }),
  resume: switchKey({ group: RUN, description: 'Continue the run from where it was last saved, with its own config.', resumable: true }),
  eval_every: integerKey(500, {
    group: OUTPUT,
    from: 1,
    description: 'Steps between evaluations on the held-out pictures, after which the run is saved.',
  }),
  log_every: integerKey(10, { group: OUTPUT, from: 1, description: 'Steps between lines of metrics.jsonl.' }),
  seed,
  device,
};

const importKeys = {
  from: requiredTextKey({
    group: DATA,
    description: "TensorFlow 1 checkpoint: its prefix (…/acgan.model-9999) or its directory; or an .npz of AlexNet's arrays.",
  }),
  channel_order: choiceKey(['bgr', 'rgb'], 'bgr', {
    group: DATA,
    description: "Order of the colours that the .npz's conv1 takes; Caffe's is bgr.",
  }),
  mean: z.array(z.number().int().min(0).max(255)).length(3).default([123, 117, 104]).meta({
    group: DATA,
    description: 'What was subtracted from red, green and blue (.npz).',
    expected: 'three whole numbers from 0 to 255, R,G,B',
  }),
  to: requiredTextKey({
    group: OUTPUT,
    description: 'Directory to write generator, discriminator and AlexNet to, as far as the checkpoint holds them.',
  }),
  device,
};

const verifyKeys = {
  fixtures: requiredTextKey({ group: DATA, description: 'Folder in the seed-numbers format (step.json and its arrays).' }),
  images: optionalTextKey({
    group: DATA,
    description: 'Folder of the pictures of preprocess.json; ../faces/cacd-samples beside the fixtures when not given.',
  }),
  json,
  device,
};

const demoKeys = {
  out: textKey('demo-output', { group: OUTPUT, description: 'Directory for the data set, the runs and the pictures.' }),
  quick: switchKey({ group: RUN, description: 'A few steps of everything, to see that it runs.' }),
  device,
};

const sweepKeys = {
  path: requiredTextKey({ group: RUN, description: 'Sweep file (`sweep run`), or the directory of a sweep; may stand without `--path`.' }),
  out: optionalTextKey({ group: OUTPUT, description: 'Directory of a new sweep; sweeps/NAME-OF-THE-FILE when not given.' }),
  parallel: optionalIntegerKey({ group: RUN, from: 1, description: "Runs at a time; the sweep file's limits.parallel when not given." }),
  launcher: choiceKey(['local', 'slurm'], 'local', {
    group: RUN,
    description:
      'Where runs go: processes of this machine, or job arrays of a Slurm cluster; `sweep resume` keeps to what the sweep was started with.',
  }),
  rung: integerKey(0, { group: RUN, from: 0, description: 'Rung to train to (`sweep task`, which only Slurm calls).' }),
  index: integerKey(0, { group: RUN, from: 0, description: 'Place of the run in its rung (`sweep task`, which only Slurm calls).' }),
  dry_run: switchKey({ group: RUN, description: 'Check the file and print the table of runs; start nothing.' }),
  json,
};

const benchKeys = {
  data: optionalTextKey({ group: DATA, description: 'Prepared data set (`bench data`, `bench evaluate`).' }),
  batch_size: integerKey(8, { group: OPTIMISATION, from: 1, alias: ['batch'], description: 'Pictures a step.' }),
  image_size: trainKeys.image_size,
  width: trainKeys.width,
  head_width: pretrainKeys.head_width,
  optimizer: pretrainKeys.optimizer,
  batch_norm: pretrainKeys.batch_norm,
  micro_batch: trainKeys.micro_batch,
  steps: integerKey(6, { group: OPTIMISATION, from: 1, description: 'Steps to time, after the first, which warms up.' }),
  profile: switchKey({ group: OUTPUT, description: 'Print every kernel of a step with its time (`bench step`), on stderr.' }),
  json,
  device,
};

/** Verbs and their settings. */
export const VERB_KEYS = {
  train: trainKeys,
  test: testKeys,
  prepare: prepareKeys,
  pretrain: pretrainKeys,
  evaluate: evaluateKeys,
  'verify-faces': verifyFacesKeys,
  import: importKeys,
  verify: verifyKeys,
  bench: benchKeys,
  demo: demoKeys,
  sweep: sweepKeys,
  engine: { device },
  doctor: { json, device },
};

export type Verb = keyof typeof VERB_KEYS;

/** Resolved, checked and frozen settings of a verb. */
export type VerbConfig<V extends Verb> = Readonly<z.infer<z.ZodObject<(typeof VERB_KEYS)[V]>>>;

export type TrainConfig = VerbConfig<'train'>;
export type TestConfig = VerbConfig<'test'>;
export type PretrainConfig = VerbConfig<'pretrain'>;

const resumableOf = (keys: Readonly<Record<string, z.ZodType>>): ReadonlySet<string> =>
  new Set(
    Object.entries(keys).flatMap(([name, schema]) => ((schema.meta() as { resumable?: boolean } | undefined)?.resumable ? [name] : [])),
  );

/** Names of the settings of `train` that a resumed run may be given anew. */
export const RESUMABLE_KEYS = resumableOf(trainKeys);
/** The same of `pretrain`. */
export const PRETRAIN_RESUMABLE_KEYS = resumableOf(pretrainKeys);
