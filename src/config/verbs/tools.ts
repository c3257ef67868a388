/** @file Settings of the small verbs: `import`, `export`, `verify`, `demo`. */

import { z } from 'zod';
import {
  choiceKey,
  numberKey,
  optionalNumberKey,
  optionalTextKey,
  requiredTextKey,
  switchKey,
  textKey,
  withMeta,
} from '../key';
import type { Condition } from '../key';
import type { Rule } from '../rules';
import { boundsRise, DATA, generatorAgeBounds, OUTPUT, RUN, compile, device, json } from './common';

/** A TensorFlow 1 checkpoint is of the original's pictures. */
const WITH_ARRAYS: Condition = { settings: { from: { endsWith: '.npz' } } };

export const importKeys = {
  from: requiredTextKey({
    group: DATA,
    description:
      "TensorFlow 1 checkpoint: its prefix (…/acgan.model-9999) or its directory; or an .npz of AlexNet's arrays.",
  }),
  age_bounds: withMeta(generatorAgeBounds, { unusedWith: [WITH_ARRAYS] }),
  channel_order: choiceKey(['bgr', 'rgb'], 'bgr', {
    group: DATA,
    description: "Order of the colours that conv1 takes; Caffe's is bgr.",
    usedWith: [WITH_ARRAYS],
  }),
  mean: z
    .array(z.number().min(0).max(255))
    .length(3)
    .default([123, 117, 104])
    .meta({
      group: DATA,
      description: 'What was subtracted from red, green and blue.',
      expected: 'three numbers from 0 to 255, R,G,B',
      usedWith: [WITH_ARRAYS],
    }),
  to: requiredTextKey({
    group: OUTPUT,
    description:
      'Directory to write generator, discriminator and AlexNet to, as far as the checkpoint holds them.',
  }),
  json,
  device,
};

export const importRules: readonly Rule[] = [boundsRise];

export const exportKeys = {
  to: choiceKey(['model', 'layers', 'onnx', 'web'], 'model', {
    group: OUTPUT,
    description:
      'Form to write: `model`, the folder that every command here opens; `layers`, a generator for any TensorFlow.js; `onnx`, one for ONNX Runtime; or `web`, a page that ages photographs in the browser.',
  }),
  model: optionalTextKey({
    group: DATA,
    description:
      "What to export: a run, one checkpoint or a model's folder, of which the generator is taken; or a pretrain run, of which its network is. The model that comes with the package when not given.",
  }),
  weights_type: choiceKey(['auto', 'float32', 'float16', 'uint8'], 'auto', {
    group: OUTPUT,
    description:
      'What kernels are stored in; `auto` is float16 for a page and float32 for the rest. The difference that it makes is measured, printed and kept in the folder.',
    unusedWith: [{ settings: { to: ['onnx'] } }],
  }),
  data: optionalTextKey({
    group: DATA,
    description:
      'Prepared data set on whose test part the accuracy of an exported age classifier is measured, before and after.',
    usedWith: [{ settings: { to: ['model'] } }],
  }),
  out: requiredTextKey({
    group: OUTPUT,
    description: 'Directory to write, which does not exist yet, e.g. models/mine.',
  }),
  json,
  device,
};

export const verifyKeys = {
  fixtures: requiredTextKey({
    group: DATA,
    description: 'Folder in the seed-numbers format (step.json and its arrays).',
  }),
  images: optionalTextKey({
    group: DATA,
    description:
      'Folder of the pictures of preprocess.json; ../faces/cacd-samples beside the fixtures when not given.',
  }),
  compile,
  json,
  device,
};

/** A fixed number of steps. */
const QUICK: Condition = { settings: { quick: [true] } };

export const demoKeys = {
  out: textKey('demo-output', {
    group: OUTPUT,
    description: 'Directory for the data set, the runs and the pictures.',
  }),
  quick: switchKey({ group: RUN, description: 'A few steps of everything, to see that it runs.' }),
  minutes: numberKey(8, {
    group: RUN,
    description:
      'How long it may take: it times its first steps, and trains as many as fit; at least a hundred.',
    above: 0,
    unusedWith: [QUICK],
  }),
  since: optionalNumberKey({
    group: RUN,
    description:
      'When the minutes began, in seconds since 1970, so that a set-up before counts; now when absent.',
    above: 0,
    unusedWith: [QUICK],
  }),
  device,
};
