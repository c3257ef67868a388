/** @file Settings as they are given: flags of a command line, and files of `name: value`; nothing is checked but the names. */

import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { UserError } from '../errors';
import { kindOf, metaOf } from './key';
import type { Keys } from './key';
import { nearestName } from './nearest';
import { VERB_KEYS } from './schema';
import type { Verb } from './schema';

/** Flags as the command line has them: texts, or true for a switch; a list where one was repeated. */
export type RawFlags = Readonly<Record<string, unknown>>;

/** Settings that a program gives, as flags: lists as texts; what is null or undefined stays at its default. */
export const toFlags = (settings: Readonly<Record<string, unknown>>): RawFlags =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) =>
      value === null || value === undefined
        ? []
        : [[name, Array.isArray(value) ? value.join(',') : value]],
    ),
  );

/** A value with the name that an error gives it: `--seed`, or `configs/x.yaml: seed`. */
export interface Given {
  readonly value: unknown;
  readonly where: string;
}

/** Settings by name, and a line for each that there is none of. */
export interface GivenSettings {
  readonly values: ReadonlyMap<string, Given>;
  readonly problems: readonly string[];
}

function unknownName(where: string, name: string, known: readonly string[], what: string): string {
  const nearest = nearestName(name, known);
  return `${where}: expected a known ${what}, got '${name}'. ${nearest ? `Did you mean '${nearest}'?` : 'See --help for all of them.'}`;
}

const toNumber = (text: string): unknown =>
  text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

/** A list's text at its separators. */
function split(text: string, separators: readonly string[]): string[] {
  const [first = ',', ...others] = separators;
  return others.reduce((whole, other) => whole.replaceAll(other, first), text).split(first);
}

/** A flag's text as the kind of value that its key has; a text that is no number stays, and fails the check. */
function fromText(value: unknown, keys: Keys, name: string): unknown {
  const schema = keys[name];
  if (!schema || typeof value !== 'string') return value;
  const kind = kindOf(schema);
  if (kind === 'number') return toNumber(value);
  if (kind === 'numbers') return split(value, metaOf(schema).separators ?? []).map(toNumber);
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function aliasTargets(keys: Keys): Map<string, string> {
  return new Map(
    Object.entries(keys).flatMap(([name, schema]) =>
      (metaOf(schema).alias ?? []).map((alias) => [alias, name] as const),
    ),
  );
}

/** Flags by key; kebab-case and aliases are accepted. */
function readFlags(flags: RawFlags, keys: Keys): GivenSettings {
  const aliases = aliasTargets(keys);
  const values = new Map<string, Given>();
  const problems: string[] = [];
  for (const [flag, value] of Object.entries(flags)) {
    const snake = flag.replaceAll('-', '_');
    const name = aliases.get(snake) ?? snake;
    if (!Object.hasOwn(keys, name))
      problems.push(
        unknownName(`--${flag}`, snake, [...Object.keys(keys), ...aliases.keys()], 'flag'),
      );
    else if (values.has(name))
      problems.push(`--${flag}: expected it once, got it twice. Leave one out.`);
    else if (Array.isArray(value)) {
      problems.push(
        `--${flag}: expected it once, got it ${value.length === 2 ? 'twice' : `${value.length} times`}. Leave one out.`,
      );
      // one of them, so that it is not said to be missing as well
      values.set(name, { value: fromText(value[0], keys, name), where: `--${flag}` });
    } else values.set(name, { value: fromText(value, keys, name), where: `--${flag}` });
  }
  return { values, problems };
}

function parseFile(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UserError(
      `--config: expected a YAML or JSON file, got ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/**
 * Settings of a verb as a file's content has them.
 * @param file its name, for errors
 * @throws UserError when the content is no `name: value`
 */
export function readSettings(verb: Verb, file: string, content: unknown): GivenSettings {
  if (content === null) return { values: new Map(), problems: [] };
  if (typeof content !== 'object' || Array.isArray(content))
    throw new UserError(
      `${file}: expected settings 'name: value', got ${JSON.stringify(content)}. See docs/configuration.md.`,
    );
  const values = new Map<string, Given>();
  const problems: string[] = [];
  // a config file names no config file
  const known = Object.keys(VERB_KEYS[verb]).filter((name) => name !== 'config');
  for (const [name, value] of Object.entries(content)) {
    if (known.includes(name)) values.set(name, { value, where: `${file}: ${name}` });
    else problems.push(unknownName(file, name, known, 'key'));
  }
  return { values, problems };
}

/** Settings of a verb by flags and, where they name one, by a config file, over which flags win. @throws UserError for a file that is none */
export function readGiven(verb: Verb, flags: RawFlags): GivenSettings {
  const byFlag = readFlags(flags, VERB_KEYS[verb]);
  const file = byFlag.values.get('config')?.value;
  if (typeof file !== 'string') return byFlag;
  const byFile = readSettings(verb, file, parseFile(file));
  return {
    values: new Map([...byFile.values, ...byFlag.values]),
    problems: [...byFlag.problems, ...byFile.problems],
  };
}
