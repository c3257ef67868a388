/** @file Resolves a verb's settings: default < config file < flag; every problem at once; then frozen. */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { UserError } from '../errors';
import { kindOf, metaOf } from './key';
import type { Keys } from './key';
import { nearestName } from './nearest';
import { brokenRules } from './rules';
import { VERB_KEYS } from './schema';
import type { Verb, VerbConfig } from './schema';

/** A verb's settings. */
export interface Resolved<V extends Verb> {
  readonly config: VerbConfig<V>;
  /** What the user gave, by flag or by `--config`, with the name that an error gives it: `--seed`, or `configs/x.yaml: seed`. */
  readonly given: ReadonlyMap<string, string>;
}

/** Flags as the command line has them: texts, or true for a switch; a list where one was repeated. */
export type RawFlags = Readonly<Record<string, unknown>>;

/** A value with the name that an error gives it. */
interface Given {
  readonly value: unknown;
  readonly where: string;
}

function unknownName(where: string, name: string, known: readonly string[], what: string): string {
  const nearest = nearestName(name, known);
  return `${where}: expected a known ${what}, got '${name}'. ${nearest ? `Did you mean '${nearest}'?` : 'See --help for all of them.'}`;
}

/** A flag's text as the kind of value that its key has; a text that is no number stays, and fails the check. */
function fromText(value: unknown, keys: Keys, name: string): unknown {
  const schema = keys[name];
  if (!schema || typeof value !== 'string') return value;
  const kind = kindOf(schema);
  const toNumber = (text: string): unknown =>
    text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  if (kind === 'number') return toNumber(value);
  // a range of years is written 11-100
  if (kind === 'numbers') return value.split(name === 'age_range' ? /[-,]/ : ',').map(toNumber);
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
function readFlags(flags: RawFlags, keys: Keys, problems: string[]): Map<string, Given> {
  const aliases = aliasTargets(keys);
  const given = new Map<string, Given>();
  for (const [flag, value] of Object.entries(flags)) {
    const snake = flag.replaceAll('-', '_');
    const name = aliases.get(snake) ?? snake;
    if (!(name in keys))
      problems.push(
        unknownName(`--${flag}`, snake, [...Object.keys(keys), ...aliases.keys()], 'flag'),
      );
    else if (given.has(name))
      problems.push(`--${flag}: expected it once, got it twice. Leave one out.`);
    else if (Array.isArray(value)) {
      problems.push(
        `--${flag}: expected it once, got it ${value.length === 2 ? 'twice' : `${value.length} times`}. Leave one out.`,
      );
      // one of them, so that it is not said to be missing as well
      given.set(name, { value: fromText(value[0], keys, name), where: `--${flag}` });
    } else given.set(name, { value: fromText(value, keys, name), where: `--${flag}` });
  }
  return given;
}

function parseFile(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UserError(
      `--config: expected a YAML or JSON file, got ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

function readFile(
  file: string,
  parsed: unknown,
  keys: Keys,
  problems: string[],
): Map<string, Given> {
  if (parsed === null) return new Map();
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new UserError(
      `${file}: expected settings 'name: value', got ${JSON.stringify(parsed)}. See docs/configuration.md.`,
    );
  const given = new Map<string, Given>();
  // a config file names no config file
  const known = Object.keys(keys).filter((name) => name !== 'config');
  for (const [name, value] of Object.entries(parsed as Record<string, unknown>)) {
    if (known.includes(name)) given.set(name, { value, where: `${file}: ${name}` });
    else problems.push(unknownName(file, name, known, 'key'));
  }
  return given;
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? value === ''
      ? 'an empty text'
      : value
    : value === undefined
      ? 'nothing'
      : JSON.stringify(value);
}

function checkKey(name: string, given: Given | undefined, keys: Keys, problems: string[]): unknown {
  const schema = keys[name];
  if (!schema) return undefined;
  const result = schema.safeParse(given?.value);
  if (result.success) return result.data;
  const { expected, advice } = metaOf(schema);
  problems.push(
    `${given?.where ?? `--${name}`}: expected ${expected}, got ${shown(given?.value)}. ${advice ?? 'See --help.'}`,
  );
  return undefined;
}

/** Makes a value and everything in it unchangeable. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

/** A resumed pretrain run goes by its own settings, so that none need be given again. @throws UserError for a run of another verb */
function readOwnConfig(
  verb: Verb,
  given: ReadonlyMap<string, Given>,
  keys: Keys,
  problems: string[],
): Map<string, Given> {
  const run = given.get('run')?.value;
  if (verb !== 'pretrain' || given.get('resume')?.value !== true || typeof run !== 'string')
    return new Map();
  const file = path.join('checkpoints', run, 'config.json');
  if (!existsSync(file)) return new Map();
  const wrong = (got: string): UserError =>
    new UserError(
      `${file}: expected the config of a pretrain run, got ${got}. Check --run, or start the run anew under another --run.`,
    );
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause));
  }
  if (typeof parsed !== 'object' || parsed === null) throw wrong(JSON.stringify(parsed));
  if (!('task' in parsed)) throw wrong('that of another verb');
  return readFile(file, parsed, keys, problems);
}

/**
 * Resolves a verb's settings from flags and, where one is named, a config file.
 * @throws UserError with all problems, a line each
 */
export function resolveConfig<V extends Verb>(verb: V, flags: RawFlags): Resolved<V> {
  const keys: Keys = VERB_KEYS[verb];
  const problems: string[] = [];
  const byFlag = readFlags(flags, keys, problems);
  const file = byFlag.get('config')?.value;
  const byFile = typeof file === 'string' ? readFile(file, parseFile(file), keys, problems) : [];
  const given = new Map([...byFile, ...byFlag]);
  const known = new Map([...readOwnConfig(verb, given, keys, problems), ...given]);
  const config = Object.fromEntries(
    Object.keys(keys).map((name) => [name, checkKey(name, known.get(name), keys, problems)]),
  );
  const names = new Map([...given].map(([name, { where }]) => [name, where] as const));
  problems.push(...brokenRules(verb, config, { given: names, known: new Set(known.keys()) }));
  if (verb === 'train' && typeof config.run === 'string')
    config.checkpoint_dir = path.join('checkpoints', config.run);
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return { config: deepFreeze(config) as VerbConfig<V>, given: names };
}
