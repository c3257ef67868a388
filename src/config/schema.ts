/** @file Every setting of every verb: the one source of flags, config files, help, defaults and docs/configuration.md. */

import type { z } from 'zod';
import { metaOf } from './key';
import type { Keys } from './key';
import type { Rule } from './rules';
import { benchKeys, benchRules, BENCH_WORDS } from './verbs/bench';
import { device, json } from './verbs/common';
import { evaluateKeys, evaluateRules, verifyFacesKeys } from './verbs/evaluate';
import { prepareKeys, prepareRules, PREPARE_WORDS } from './verbs/prepare';
import { pretrainKeys, pretrainRules } from './verbs/pretrain';
import { serveKeys } from './verbs/serve';
import { sweepKeys, SWEEP_WORDS } from './verbs/sweep';
import { ageKeys, ageRules, testKeys, testRules } from './verbs/test';
import { demoKeys, exportKeys, importKeys, importRules, verifyKeys } from './verbs/tools';
import { trainKeys, trainRules } from './verbs/train';

/** Verbs and their settings. */
export const VERB_KEYS = {
  age: ageKeys,
  train: trainKeys,
  test: testKeys,
  prepare: prepareKeys,
  pretrain: pretrainKeys,
  evaluate: evaluateKeys,
  'verify-faces': verifyFacesKeys,
  import: importKeys,
  export: exportKeys,
  serve: serveKeys,
  verify: verifyKeys,
  bench: benchKeys,
  demo: demoKeys,
  sweep: sweepKeys,
  engine: { device },
  doctor: { json, device },
};

export type Verb = keyof typeof VERB_KEYS;

/** Words that may follow a verb, and the one that is meant where none does; null where none is a meaning of its own. */
const VERB_WORDS: Partial<
  Readonly<Record<Verb, { readonly words: readonly string[]; readonly usual: string | null }>>
> = {
  prepare: { words: PREPARE_WORDS, usual: null },
  bench: { words: BENCH_WORDS, usual: 'step' },
  sweep: { words: SWEEP_WORDS, usual: 'run' },
  engine: { words: ['install'], usual: 'install' },
};

/** Words that may follow a verb; none for most. */
export const wordsOf = (verb: Verb): readonly string[] => VERB_WORDS[verb]?.words ?? [];
/** The word that is meant where none follows a verb; null where none is. */
export const usualWord = (verb: Verb): string | null => VERB_WORDS[verb]?.usual ?? null;

const VERB_RULES: Partial<Readonly<Record<Verb, readonly Rule[]>>> = {
  age: ageRules,
  train: trainRules,
  prepare: prepareRules,
  pretrain: pretrainRules,
  evaluate: evaluateRules,
  test: testRules,
  import: importRules,
  bench: benchRules,
};

/** Rules over several settings of a verb. */
export const rulesOf = (verb: Verb): readonly Rule[] => VERB_RULES[verb] ?? [];

/** Resolved, checked and frozen settings of a verb. */
export type VerbConfig<V extends Verb> = Readonly<z.infer<z.ZodObject<(typeof VERB_KEYS)[V]>>>;

export type TrainConfig = VerbConfig<'train'>;
export type PretrainConfig = VerbConfig<'pretrain'>;

/** Names of the settings that a resumed run may be given another value of with --override. */
export function overridableKeys(verb: 'train' | 'pretrain'): readonly string[] {
  const keys: Keys = VERB_KEYS[verb];
  return Object.keys(keys).filter((name) => keys[name] && metaOf(keys[name]).overridable);
}

/** Names of the settings that a resumed run may be given anew. */
export function resumableKeys(verb: 'train' | 'pretrain'): ReadonlySet<string> {
  const keys: Keys = VERB_KEYS[verb];
  return new Set(Object.keys(keys).filter((name) => keys[name] && metaOf(keys[name]).resumable));
}
