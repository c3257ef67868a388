/** @file What several verbs' settings share: headings of the help, and keys. */

import {
  choiceKey,
  integerKey,
  integersKey,
  optionalIntegerKey,
  optionalIntegersKey,
  optionalTextKey,
  switchKey,
  switchOrKey,
  textKey,
} from '../key';
import { PRECISIONS } from '../../engine/precision';
import type { Precision } from '../../engine/precision';
import type { Rule } from '../rules';

export const RUN_NAME = '0_conv5_lsgan_transfer_g75_0.5f-4_a30';
export const LOSSES = 'Losses';
export const NETWORKS = 'Networks';
export const OPTIMISATION = 'Optimisation';
export const DATA = 'Data';
export const ALIGNMENT = 'Faces';
export const PRETRAINED = 'Pretrained networks';
export const JUDGES = 'Judges';
export const OUTPUT = 'Output';
export const RUN = 'Run';

export const device = choiceKey(['auto', 'cpu', 'cuda'], 'auto', {
  group: RUN,
  description:
    'Where to compute; `auto` takes a GPU where there is one, `cuda` without one is an error.',
  resumable: true,
});
export const precision = choiceKey(PRECISIONS, 'auto', {
  group: RUN,
  description:
    'What products and convolutions are computed in on a GPU: `float32`; `tf32` (ten bits of mantissa); `bfloat16` (eight, also of what lies between them; weights, sums, losses and optimisers are float32); the last two are errors without a GPU. `auto` is TF32 where the GPU has it. The CPU has float32 always.',
  resumable: true,
});
export const deterministic = switchKey({
  group: RUN,
  description:
    'Have a GPU give the same bits every time, by slower kernels (TF_DETERMINISTIC_OPS); the CPU does without.',
  resumable: true,
});
const COMPILE_MODES = ['auto', 'off'] as const;
export type CompileMode = (typeof COMPILE_MODES)[number];
/** How a training computes: what its settings say of it. */
export interface ComputeMode {
  readonly compile: CompileMode;
  /** In bfloat16 every step is a function, from the first on. */
  readonly precision: Precision;
}
/** bfloat16 lies inside of functions. */
export const bfloat16IsCompiled: Rule = ({ precision: asked, compile: mode }) =>
  asked === 'bfloat16' && mode === 'off'
    ? [
        '--precision=bfloat16: expected --compile=auto, got off. Op by op there is no bfloat16: leave one of them out.',
      ]
    : [];
/** Whether what is computed again and again becomes one TensorFlow function. */
export const compile = choiceKey(COMPILE_MODES, 'auto', {
  group: RUN,
  description:
    'Compute a step as one TensorFlow function from its fourth time on, or `off`: op by op, the same numbers later.',
  resumable: true,
});
export const resume = switchOrKey('auto', {
  group: RUN,
  description:
    'Continue the run from its last checkpoint, with its own config; `--resume=auto` does so where there is a run, and starts it where there is none.',
  resumable: true,
  ofRun: true,
});
export const override = switchKey({
  group: RUN,
  description:
    'Let the resumed run change what it else keeps, from here on, as a learning rate after a divergence: the settings that say so; overrides.jsonl in the run has the old and the new values, and from which step.',
  resumable: true,
  ofRun: true,
  usedWith: [{ settings: { resume: [true, 'auto'] } }],
});
/** Of both trainings. */
export const onNan = choiceKey(['stop', 'rollback'], 'stop', {
  group: RUN,
  description:
    'What a run does whose losses are no numbers any more: it stops, or goes back to its last checkpoint and on with other pictures; rollbacks.jsonl in the run has each time.',
  resumable: true,
});
export const maxRollbacks = integerKey(3, {
  group: RUN,
  from: 1,
  description: 'How often a run goes back in all; one that diverges once more stops.',
  resumable: true,
  usedWith: [{ settings: { on_nan: ['rollback'] } }],
});
export const loaderTimeout = integerKey(60, {
  group: DATA,
  from: 0,
  description:
    'Seconds that pictures are waited for before a line names those that are not read yet, as of a network file system that hangs; work goes on when they come. 0 never says so.',
  resumable: true,
});
/** How learning rates change, of both trainings. */
export const schedule = choiceKey(['constant', 'step', 'cosine', 'linear'], 'constant', {
  group: OPTIMISATION,
  description:
    'How the learning rate falls after the warm-up: not; to a tenth at a half and again at three quarters of the steps; along half a cosine to 0 at the last one; evenly to 0.',
  overridable: true,
});
export const warmupSteps = integerKey(0, {
  group: OPTIMISATION,
  from: 0,
  description: 'Steps in which the learning rate rises from 0.',
  overridable: true,
});
export const json = switchKey({
  group: OUTPUT,
  description: 'Print one JSON object as the last line of stdout.',
  resumable: true,
  ofRun: true,
});
export const seed = integerKey(1, {
  group: RUN,
  from: 0,
  description: 'Seed of starting weights and of the order of the data.',
});
export const ageBounds = integersKey([20, 30, 40, 50], {
  group: DATA,
  description:
    'Last year of every age group but the oldest, comma separated: one fewer than age_groups.',
});
/** Of a prepared data set whose pictures have moved. */
export const movedRoot = optionalTextKey({
  group: DATA,
  description: 'Folder of the pictures of `data`, where they are not where dataset.json says.',
  resumable: true,
});
/** Of a generator that is opened. */
export const generatorAgeBounds = optionalIntegersKey({
  group: DATA,
  description:
    'Last year of every age group of the generator but the oldest: only for a TensorFlow 1 checkpoint of other than five groups, which does not say them.',
});
export const config = optionalTextKey({
  group: RUN,
  description:
    'YAML or JSON file of settings, or one that a command wrote, such as the config.json of a run; flags win over it.',
  ofRun: true,
});
export const alexNetFile = textKey('pre_trained/alexnet.model-292000', {
  group: PRETRAINED,
  description:
    'Identity network (conv1..5, fc6, fc7): a pretrain run, or a TensorFlow 1 checkpoint.',
  resumable: true,
});

/** Bounds of age groups rise, and are as many as there may be groups. */
export const boundsRise: Rule = ({ age_bounds: bounds }) => {
  if (!Array.isArray(bounds)) return [];
  const isRising = bounds.every((bound, i) => i === 0 || Number(bound) > Number(bounds[i - 1]));
  if (isRising && bounds.length > 0 && bounds.length <= 9) return [];
  return [
    `--age_bounds: expected 1 to 9 rising years, got ${bounds.join(',')}. For example 20,30,40,50.`,
  ];
};

export const microBatch = optionalIntegerKey({
  group: OPTIMISATION,
  from: 1,
  description:
    'Pictures that the networks see at once, a divisor of batch_size: less memory, somewhat slower, and batch norm by the statistics of so many.',
});

/** A batch is made of whole micro-batches. */
export const microBatchDivides: Rule = ({ micro_batch: micro, batch_size: batch }) => {
  if (typeof micro !== 'number' || typeof batch !== 'number' || batch % micro === 0) return [];
  return [
    `--micro_batch: expected a divisor of --batch_size (${batch}), got ${micro}. Every part must be of the same size.`,
  ];
};
