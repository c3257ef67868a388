/** @file Resolves a verb's settings: default < config file < flag; every problem at once; then frozen. */

import { UserError } from '../errors';
import { defaultOf, metaOf } from './key';
import type { Keys } from './key';
import { shownValue } from './problems';
import { readGiven } from './read-settings';
import type { Given, GivenSettings, RawFlags } from './read-settings';
import type { Behind } from './rules';
import { rulesOf, VERB_KEYS } from './schema';
import type { Verb, VerbConfig } from './schema';
import { misuse } from './uses';

/** A verb's settings. */
export interface Resolved<V extends Verb> {
  readonly config: VerbConfig<V>;
  /** What the user gave, by flag or by `--config`, with the name that an error gives it: `--seed`, or `configs/x.yaml: seed`. */
  readonly given: ReadonlyMap<string, string>;
}

const NOTHING_BEHIND: Behind = { word: null, paths: [] };
const NOTHING_GIVEN: GivenSettings = { values: new Map(), problems: [] };

function checkKey(name: string, given: Given | undefined, keys: Keys, problems: string[]): unknown {
  const schema = keys[name];
  if (!schema) return undefined;
  const result = schema.safeParse(given?.value);
  if (result.success) return result.data;
  const { expected, advice } = metaOf(schema);
  problems.push(
    `${given?.where ?? `--${name}`}: expected ${expected}, got ${shownValue(given?.value)}. ${advice ?? 'See --help.'}`,
  );
  return undefined;
}

/** Makes a value and everything in it unchangeable. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

/** A rule's line, which names a flag, with the name of the file that has the setting where that does. */
const fromFile = (line: string, known: GivenSettings['values']): string =>
  line.replace(/^--(\w+)(?=: )/, (flag, name: string) => known.get(name)?.where ?? flag);

/** A line for each flag that would change nothing; a config file may hold what another use of it needs. */
function unusedFlags(
  verb: Verb,
  given: GivenSettings['values'],
  config: Readonly<Record<string, unknown>>,
  word: string | null,
): string[] {
  const keys: Keys = VERB_KEYS[verb];
  return Object.entries(keys).flatMap(([name, schema]) => {
    const where = given.get(name)?.where;
    // a switch that is turned off where it is off anyway asks for nothing
    const asksForNothing = config[name] === false && defaultOf(schema) === false;
    if (where?.startsWith('--') !== true || asksForNothing) return [];
    const problem = misuse(verb, name, { valueOf: (other) => config[other], word });
    return problem === null ? [] : [`${where}: ${problem}`];
  });
}

/**
 * A verb's settings from what is given: checked together, completed by defaults, and frozen.
 * @param own settings that what is given wins over, and that are checked like it
 * @throws UserError with all problems, a line each
 */
export function completeConfig<V extends Verb>(
  verb: V,
  given: GivenSettings,
  behind: Behind,
  own: GivenSettings = NOTHING_GIVEN,
): Resolved<V> {
  const keys: Keys = VERB_KEYS[verb];
  const problems = [...given.problems, ...own.problems];
  const known = new Map([...own.values, ...given.values]);
  const config = Object.fromEntries(
    Object.keys(keys).map((name) => [name, checkKey(name, known.get(name), keys, problems)]),
  );
  const names = new Map([...given.values].map(([name, { where }]) => [name, where] as const));
  problems.push(
    ...unusedFlags(verb, given.values, config, behind.word),
    ...rulesOf(verb)
      .flatMap((rule) => rule(config, { ...behind, given: names }))
      .map((line) => fromFile(line, known)),
  );
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return { config: deepFreeze(config) as VerbConfig<V>, given: names };
}

/**
 * Resolves a verb's settings from flags and, where one is named, a config file.
 * @param behind what else stands behind the verb
 * @throws UserError with all problems, a line each
 */
export const resolveConfig = <V extends Verb>(
  verb: V,
  flags: RawFlags,
  behind: Behind = NOTHING_BEHIND,
): Resolved<V> => completeConfig(verb, readGiven(verb, flags), behind);
