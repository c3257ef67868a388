/** @file Where settings are used: a flag that is given where nothing uses it is a mistake, never ignored. */

import { metaOf } from './key';
import type { Condition, Keys, Wanted } from './key';
import { usualWord, VERB_KEYS } from './schema';
import type { Verb } from './schema';

/** What the other settings are, and the word after the verb. */
export interface Circumstances {
  /** A setting's value; undefined where it is not known, because it is missing or wrong. */
  readonly valueOf: (name: string) => unknown;
  readonly word: string | null;
}

function isMet(wanted: Wanted, value: unknown): boolean {
  if (wanted === 'given') return value !== null;
  if ('above' in wanted) return typeof value === 'number' && value > wanted.above;
  if ('endsWith' in wanted) return typeof value === 'string' && value.endsWith(wanted.endsWith);
  return wanted.some((one) => one === value);
}

/** @param ifUnknown what holds of a setting whose value is not known: that is said already */
function holds(
  { words, settings }: Condition,
  { valueOf, word }: Circumstances,
  ifUnknown: boolean,
): boolean {
  if (words !== undefined && !words.includes(word)) return false;
  return Object.entries(settings ?? {}).every(([name, wanted]) => {
    const value = valueOf(name);
    return value === undefined ? ifUnknown : isMet(wanted, value);
  });
}

/** A setting that is as wanted, in the words of a command line. */
function flagText(name: string, wanted: Wanted): string {
  if (wanted === 'given') return `--${name}`;
  if ('above' in wanted) return `--${name} above ${wanted.above}`;
  if ('endsWith' in wanted) return `--${name}=FILE${wanted.endsWith}`;
  return wanted.length === 1 && wanted[0] === true
    ? `--${name}`
    : `--${name}=${wanted.join(' or ')}`;
}

/** A case in the user's words. */
function conditionText(verb: Verb, { words, settings, called }: Condition): string {
  if (called !== undefined) return called;
  const named = (words ?? []).filter((word) => word !== null);
  const calls = named.map((word) => `\`${verb} ${word}\``).join(', ');
  const flags = Object.entries(settings ?? {}).map(([name, wanted]) => flagText(name, wanted));
  return [calls, ...flags].filter((text) => text !== '').join(' ');
}

/** Cases of which any will do, in the user's words. */
const casesText = (verb: Verb, cases: readonly Condition[]): string =>
  cases.map((one) => conditionText(verb, one)).join(', or ');

/** What is wrong with giving a setting of a verb, as the end of an error; null where it is used. */
export function misuse(verb: Verb, name: string, circumstances: Circumstances): string | null {
  const keys: Keys = VERB_KEYS[verb];
  const schema = keys[name];
  if (schema === undefined) return null;
  const { usedWith, unusedWith } = metaOf(schema);
  const at = { ...circumstances, word: circumstances.word ?? usualWord(verb) };
  if (usedWith !== undefined && !usedWith.some((one) => holds(one, at, true)))
    return `expected it with ${casesText(verb, usedWith)} only, got it without. Leave it out.`;
  const against = unusedWith?.find((one) => holds(one, at, false));
  return against === undefined
    ? null
    : `expected it without ${conditionText(verb, against)}, got both. Leave one out.`;
}

/** A sentence of help and documentation on where a setting of a verb is used; empty where it always is. */
export function noteOnUse(verb: Verb, name: string): string {
  const keys: Keys = VERB_KEYS[verb];
  const schema = keys[name];
  const { usedWith = [], unusedWith = [] } = schema === undefined ? {} : metaOf(schema);
  return [
    ...(usedWith.length > 0 ? [`Only with ${casesText(verb, usedWith)}.`] : []),
    ...(unusedWith.length > 0 ? [`Not with ${casesText(verb, unusedWith)}.`] : []),
  ].join(' ');
}
