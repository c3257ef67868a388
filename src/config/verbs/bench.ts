/** @file Settings of `bench`. */

import { integerKey, optionalTextKey, switchKey, withMeta } from '../key';
import type { Condition } from '../key';
import type { Rule } from '../rules';
import {
  OPTIMISATION,
  DATA,
  OUTPUT,
  RUN,
  bfloat16IsCompiled,
  compile,
  deterministic,
  device,
  json,
  microBatchDivides,
  precision,
} from './common';
import { trainKeys } from './train';
import { pretrainKeys } from './pretrain';
import { workerKeys, workersDivide } from './workers';

export const BENCH_WORDS = ['step', 'generate', 'data', 'evaluate', 'startup', 'pretrain'] as const;

const words = (...some: (typeof BENCH_WORDS)[number][]): readonly Condition[] => [{ words: some }];

/** The exchange is what is told there. */
const WITH_WORKERS: Condition = { settings: { workers: { above: 1 } } };
/** PyTorch's scripts have the original's width, whole batches, and no GPU. */
const WITH_PEER: readonly Condition[] = [{ settings: { torch_python: 'given' } }];

export const benchKeys = {
  data: optionalTextKey({
    group: DATA,
    description: 'Prepared data set.',
    usedWith: words('data', 'evaluate'),
  }),
  batch_size: integerKey(8, {
    group: OPTIMISATION,
    from: 1,
    alias: ['batch'],
    description: 'Pictures a step.',
    usedWith: words('step', 'generate', 'data', 'pretrain'),
  }),
  image_size: withMeta(trainKeys.image_size, {
    usedWith: words('step', 'generate', 'data', 'evaluate'),
  }),
  width: withMeta(trainKeys.width, {
    usedWith: words('step', 'generate', 'data'),
    unusedWith: WITH_PEER,
  }),
  head_width: withMeta(pretrainKeys.head_width, { usedWith: words('pretrain') }),
  optimizer: withMeta(pretrainKeys.optimizer, { usedWith: words('pretrain') }),
  batch_norm: withMeta(pretrainKeys.batch_norm, { usedWith: words('pretrain') }),
  compile: withMeta(compile, { usedWith: words('step', 'data', 'pretrain') }),
  perceptual_augment: withMeta(trainKeys.perceptual_augment, {
    usedWith: words('step', 'data'),
    unusedWith: WITH_PEER,
  }),
  d_augment: withMeta(trainKeys.d_augment, {
    usedWith: words('step', 'data'),
    unusedWith: WITH_PEER,
  }),
  micro_batch: withMeta(trainKeys.micro_batch, {
    usedWith: words('step', 'data'),
    unusedWith: WITH_PEER,
  }),
  workers: withMeta(workerKeys.workers, {
    description:
      'Processes that train the timed steps together on this machine: the time of the exchange between them is told beside the step.',
    usedWith: words('step'),
    unusedWith: WITH_PEER,
  }),
  steps: integerKey(6, {
    group: OPTIMISATION,
    from: 1,
    description: 'Steps to time, after those that warm up.',
  }),
  profile: switchKey({
    group: OUTPUT,
    description: 'Print every kernel of a step with its time, on stderr.',
    usedWith: words('step'),
    unusedWith: [...WITH_PEER, WITH_WORKERS],
  }),
  torch_python: optionalTextKey({
    group: RUN,
    description:
      'Python that has PyTorch: measures ours and its in turn, on the CPU, and prints the ratio.',
    usedWith: words('step', 'generate', 'pretrain'),
  }),
  rounds: integerKey(5, {
    group: RUN,
    from: 1,
    description: 'How often both are measured.',
    usedWith: WITH_PEER,
  }),
  json,
  device: withMeta(device, {
    usedWith: words('step', 'generate', 'data', 'evaluate', 'pretrain'),
    unusedWith: WITH_PEER,
  }),
  precision: withMeta(precision, {
    usedWith: words('step', 'generate', 'pretrain'),
    unusedWith: WITH_PEER,
  }),
  deterministic: withMeta(deterministic, {
    usedWith: words('step', 'generate', 'pretrain'),
    unusedWith: WITH_PEER,
  }),
};

/** Ageing has no master weights to keep. */
const generatesInFloat32: Rule = ({ precision: asked }, { word }) =>
  asked === 'bfloat16' && word === 'generate'
    ? [
        '--precision=bfloat16: expected `bench step` or `bench pretrain`, got `bench generate`. A generator at work has float32 or tf32.',
      ]
    : [];

export const benchRules: readonly Rule[] = [
  bfloat16IsCompiled,
  generatesInFloat32,
  microBatchDivides,
  workersDivide,
];
