/** @file Settings as they are given: flags of a command line, and files of `name: value`; nothing is checked but the names. */

import { homedir } from 'node:os';
import { UserError } from '../errors';
import { kindOf, metaOf } from './key';
import type { Keys } from './key';
import { nearestName } from './nearest';
import { shownValue } from './problems';
import { VERB_KEYS } from './schema';
import type { Verb } from './schema';
import { withoutOldRun } from './written-config';
import { parseYamlFile } from './yaml-file';
import type { YamlFile } from './yaml-file';

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

/** `~/x` as a shell would have it: one that sees the `~` within a word, as in `--out=~/x`, leaves it there. */
export const withHome = (text: string): string => text.replace(/^~(?=$|[/\\])/, () => homedir());

/**
 * A value as the kind that its key has, whether a command line or a file has it; a text that is no number stays, and fails the check.
 * @param text the value as a file has it: where a text is wanted, `007` is no number
 */
export function toKind(value: unknown, keys: Keys, name: string, text?: unknown): unknown {
  const schema = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (!schema) return value;
  const kind = kindOf(schema);
  if (kind === 'string') {
    const isPlain = typeof value === 'number' || typeof value === 'boolean';
    const given = isPlain ? (typeof text === 'string' ? text : String(value)) : value;
    return typeof given === 'string' ? withHome(given) : given;
  }
  if (kind === 'numbers') {
    const list = typeof value === 'string' ? split(value, metaOf(schema).separators ?? []) : value;
    if (typeof list === 'number') return [list];
    return Array.isArray(list)
      ? list.map((one: unknown) => (typeof one === 'string' ? toNumber(one) : one))
      : list;
  }
  if (typeof value !== 'string') return value;
  if (kind === 'number') return toNumber(value);
  return value === 'true' || value === 'false' ? value === 'true' : value;
}

/** What is wrong with a text whose `~` names somebody else's home, as the end of an error; null where nothing is. */
export function strangerHome(value: unknown): string | null {
  return typeof value === 'string' && /^~[^/\\]+[/\\]/.test(value)
    ? `expected a path, or ~/ for your own home directory, got ${value}. Write the directory in full, or ./${value} for a folder of that name.`
    : null;
}

function aliasTargets(keys: Keys): Map<string, string> {
  return new Map(
    Object.entries(keys).flatMap(([name, schema]) =>
      (metaOf(schema).alias ?? []).map((alias) => [alias, name] as const),
    ),
  );
}

/** A setting's own name; kebab-case and aliases are accepted. */
export function nameOf(given: string, keys: Keys): string {
  const snake = given.replaceAll('-', '_');
  return aliasTargets(keys).get(snake) ?? snake;
}

/** Flags by key. */
function readFlags(flags: RawFlags, keys: Keys): GivenSettings {
  const aliases = aliasTargets(keys);
  const values = new Map<string, Given>();
  const problems: string[] = [];
  for (const [flag, value] of Object.entries(flags)) {
    const name = nameOf(flag, keys);
    const stranger = Object.hasOwn(keys, name) ? strangerHome(value) : null;
    if (stranger !== null) problems.push(`--${flag}: ${stranger}`);
    if (!Object.hasOwn(keys, name))
      problems.push(
        unknownName(`--${flag}`, name, [...Object.keys(keys), ...aliases.keys()], 'flag'),
      );
    else if (values.has(name))
      problems.push(`--${flag}: expected it once, got it twice. Leave one out.`);
    else if (Array.isArray(value)) {
      problems.push(
        `--${flag}: expected it once, got it ${value.length === 2 ? 'twice' : `${value.length} times`}. Leave one out.`,
      );
      // one of them, so that it is not said to be missing as well
      values.set(name, { value: toKind(value[0], keys, name), where: `--${flag}` });
    } else values.set(name, { value: toKind(value, keys, name), where: `--${flag}` });
  }
  return { values, problems };
}

function parseFile(file: string): YamlFile {
  try {
    return parseYamlFile(file);
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
 * @param texts the content with every value as the file has it, where it came from a file
 * @throws UserError when the content is no `name: value`
 */
export function readSettings(
  verb: Verb,
  file: string,
  content: unknown,
  texts?: unknown,
): GivenSettings {
  const values = new Map<string, Given>();
  const problems: string[] = [];
  if (content === null || content === undefined) return { values, problems };
  if (typeof content !== 'object' || Array.isArray(content))
    throw new UserError(
      `${file}: expected settings 'name: value', got ${shownValue(content)}. See docs/configuration.md.`,
    );
  const keys: Keys = VERB_KEYS[verb];
  // a config file names no config file
  const known = Object.keys(keys).filter((name) => name !== 'config');
  for (const [key, value] of Object.entries(content)) {
    const name = nameOf(key, keys);
    const where = `${file}: ${key}`;
    const text = (texts as Readonly<Record<string, unknown>> | null | undefined)?.[key];
    const stranger = strangerHome(value);
    if (!known.includes(name)) problems.push(unknownName(file, key, known, 'key'));
    else if (values.has(name))
      problems.push(`${where}: expected it once, got it twice. Leave one out.`);
    else if (stranger !== null) problems.push(`${where}: ${stranger}`);
    else values.set(name, { value: toKind(value, keys, name, text), where });
  }
  return { values, problems };
}

/** What of a config file stays beside flags that say the same thing otherwise: `--run` is in the place of its checkpoint_dir. */
function notDisplaced(
  keys: Keys,
  byFile: GivenSettings['values'],
  byFlag: GivenSettings['values'],
): [string, Given][] {
  const displaced = new Set(
    [...byFlag.keys()].flatMap((name) => (keys[name] && metaOf(keys[name]).insteadOf) ?? []),
  );
  return [...byFile].filter(([name]) => !displaced.has(name));
}

/** Settings of a verb by flags and, where they name one, by a config file, over which flags win. @throws UserError for a file that is none */
export function readGiven(verb: Verb, flags: RawFlags): GivenSettings {
  const keys: Keys = VERB_KEYS[verb];
  const byFlag = readFlags(flags, keys);
  const file = byFlag.values.get('config')?.value;
  if (typeof file !== 'string') return byFlag;
  const { content, texts } = parseFile(file);
  const settings = withoutOldRun(verb, file, content, new Set(byFlag.values.keys()));
  const byFile = readSettings(verb, file, settings, texts);
  return {
    values: new Map([...notDisplaced(keys, byFile.values, byFlag.values), ...byFlag.values]),
    problems: [...byFlag.problems, ...byFile.problems],
  };
}
