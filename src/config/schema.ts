/** @file Every setting of every verb: the one source of flags, config files, help, defaults and docs/configuration.md. */

import type { z } from 'zod';
import { benchKeys } from './verbs/bench';
import { device, json } from './verbs/common';
import { evaluateKeys, verifyFacesKeys } from './verbs/evaluate';
import { prepareKeys } from './verbs/prepare';
import { pretrainKeys } from './verbs/pretrain';
import { sweepKeys } from './verbs/sweep';
import { testKeys } from './verbs/test';
import { demoKeys, importKeys, verifyKeys } from './verbs/tools';
import { trainKeys } from './verbs/train';

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
    Object.entries(keys).flatMap(([name, schema]) =>
      (schema.meta() as { resumable?: boolean } | undefined)?.resumable ? [name] : [],
    ),
  );

/** Names of the settings of `train` that a resumed run may be given anew. */
export const RESUMABLE_KEYS = resumableOf(trainKeys);
/** The same of `pretrain`. */
export const PRETRAIN_RESUMABLE_KEYS = resumableOf(pretrainKeys);
