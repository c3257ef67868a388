/** @file How one setting is described: its type, range, default, and what help and errors say of it. */

import path from 'node:path';
import { z } from 'zod';

/** What another setting must be: one of these values; anything but nothing; a number above a bound; a text that ends so. */
export type Wanted =
  | readonly (string | boolean)[]
  | 'given'
  | { readonly above: number }
  | { readonly endsWith: string };

/** A case in which a setting is used, or is not; everything that it names must hold. */
export interface Condition {
  /** Words after the verb, of which one must be there; null stands for none. */
  readonly words?: readonly (string | null)[];
  /** Other settings of the verb by name, and what each must be. */
  readonly settings?: Readonly<Record<string, Wanted>>;
  /** What errors and documentation call the case, where its flags alone say it badly. */
  readonly called?: string;
}

/** What is said of a setting, beside its type. */
export interface KeyMeta {
  /** One sentence for help and docs, with unit. */
  readonly description: string;
  /** What an error says was expected, e.g. 'a number above 0'. */
  readonly expected: string;
  /** Heading in help and docs. */
  readonly group: string;
  /** What to do about a wrong value. */
  readonly advice?: string;
  /** Other names on the command line. */
  readonly alias?: readonly string[];
  /** Whether a resumed run may be given another value. */
  readonly resumable?: boolean;
  /** Whether it names a run or belongs to one: what starts from the config of another run does not take it over. */
  readonly ofRun?: boolean;
  /** Other settings that say the same thing otherwise: given by flag, it takes their place in a config file. */
  readonly insteadOf?: readonly string[];
  /**
   * Whether a resumed run may be given another value with --override. `positive`: what is above 0 stays above 0, and 0 stays 0, since what
   * is on or off cannot change.
   */
  readonly overridable?: boolean | 'positive';
  /** The cases in which it is used; it is always used when absent. */
  readonly usedWith?: readonly Condition[];
  /** The cases in which it is not used after all. */
  readonly unusedWith?: readonly Condition[];
  /** What separates the numbers of a list on the command line; a comma when absent. */
  readonly separators?: readonly string[];
}

/** Kinds that the command line tells apart. */
export type KeyKind = 'number' | 'string' | 'boolean' | 'numbers';

const described = <T extends z.ZodType>(schema: T, meta: KeyMeta): T => schema.meta({ ...meta });

type Described = Omit<KeyMeta, 'expected'> & { readonly expected?: string };

/** A number with a default; `from` is the least allowed value, `above` the greatest that is not. */
export function numberKey(
  initial: number,
  meta: Described & { readonly from?: number; readonly above?: number },
): z.ZodDefault<z.ZodNumber> {
  const { from, above, ...rest } = meta;
  let schema = z.number();
  if (from !== undefined) schema = schema.min(from);
  if (above !== undefined) schema = schema.gt(above);
  const expected =
    from === undefined
      ? above === undefined
        ? 'a number'
        : `a number above ${above}`
      : `a number from ${from} up`;
  return described(schema.default(initial), { expected, ...rest });
}

/** A whole number with a default and its least allowed value. */
export function integerKey(
  initial: number,
  meta: Described & { readonly from: number },
): z.ZodDefault<z.ZodNumber> {
  const { from, ...rest } = meta;
  return described(z.number().int().min(from).default(initial), {
    expected: `a whole number from ${from} up`,
    ...rest,
  });
}

/** A whole number, or nothing. */
export function optionalIntegerKey(
  meta: Described & { readonly from: number },
): z.ZodDefault<z.ZodNullable<z.ZodNumber>> {
  const { from, ...rest } = meta;
  return described(z.number().int().min(from).nullable().default(null), {
    expected: `a whole number from ${from} up`,
    ...rest,
  });
}

/** A number above a bound, or nothing. */
export function optionalNumberKey(
  meta: Described & { readonly above: number },
): z.ZodDefault<z.ZodNullable<z.ZodNumber>> {
  const { above, ...rest } = meta;
  return described(z.number().gt(above).nullable().default(null), {
    expected: `a number above ${above}`,
    ...rest,
  });
}

/** A text with a default. */
export const textKey = (initial: string, meta: Described): z.ZodDefault<z.ZodString> =>
  described(z.string().min(1).default(initial), { expected: 'a text', ...meta });

/** A text, or nothing. */
export const optionalTextKey = (meta: Described): z.ZodDefault<z.ZodNullable<z.ZodString>> =>
  described(z.string().min(1).nullable().default(null), { expected: 'a text', ...meta });

/** Whether a name leads to a directory below the one that it is looked up in. */
function isNameBelow(text: string): boolean {
  const name = path.normalize(text);
  return !path.isAbsolute(name) && !/^\.\.?([/\\]|$)/.test(name);
}
const NAME_EXPECTED = "a name without '..', such as first or mine/first";

/** A name of a directory below another, which must be given. */
export const requiredNameKey = (meta: Described): z.ZodString =>
  described(z.string().min(1).refine(isNameBelow), { expected: NAME_EXPECTED, ...meta });

/** A name of a directory below another, or nothing. */
export const optionalNameKey = (meta: Described): z.ZodDefault<z.ZodNullable<z.ZodString>> =>
  described(z.string().min(1).refine(isNameBelow).nullable().default(null), {
    expected: NAME_EXPECTED,
    ...meta,
  });

/** A text that must be given. */
export const requiredTextKey = (meta: Described): z.ZodString =>
  described(z.string().min(1), { expected: 'a text', ...meta });

/** On or off; off unless given. */
export const switchKey = (meta: Described): z.ZodDefault<z.ZodBoolean> =>
  described(z.boolean().default(false), { expected: 'true or false', ...meta });

/** On, off, or a word that decides between them; off unless given. */
export const switchOrKey = <const T extends string>(
  word: T,
  meta: Described,
): z.ZodDefault<z.ZodUnion<readonly [z.ZodBoolean, z.ZodLiteral<T>]>> =>
  described(z.union([z.boolean(), z.literal(word)]).default(false), {
    expected: `a switch, or ${word}`,
    ...meta,
  });

/** One of several words. */
export function choiceKey<const T extends readonly [string, ...string[]]>(
  words: T,
  initial: T[number],
  meta: Described,
) {
  return described(z.enum(words).default(initial as never), {
    expected: `one of ${words.join(', ')}`,
    ...meta,
  });
}

/** One of several words, which must be given. */
export function requiredChoiceKey<const T extends readonly [string, ...string[]]>(
  words: T,
  meta: Described,
) {
  return described(z.enum(words), { expected: `one of ${words.join(', ')}`, ...meta });
}

/** Whole numbers separated by commas. */
export const integersKey = (
  initial: number[],
  meta: Described,
): z.ZodDefault<z.ZodArray<z.ZodNumber>> =>
  described(z.array(z.number().int()).default(initial), {
    expected: 'whole numbers separated by commas',
    ...meta,
  });

/** Whole numbers separated by commas, or nothing. */
export const optionalIntegersKey = (
  meta: Described,
): z.ZodDefault<z.ZodNullable<z.ZodArray<z.ZodNumber>>> =>
  described(z.array(z.number().int()).nullable().default(null), {
    expected: 'whole numbers separated by commas',
    ...meta,
  });

/** A verb's settings by name. */
export type Keys = Readonly<Record<string, z.ZodType>>;

/** What was said of a setting. */
export function metaOf(schema: z.ZodType): KeyMeta {
  const meta = schema.meta() as KeyMeta | undefined;
  if (!meta) throw new Error('config: a key without a description');
  return meta;
}

function innermost(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
    ? innermost(schema.unwrap() as z.ZodType)
    : schema;
}

/** The same setting with something else said of it, for a verb that uses it otherwise. */
export const withMeta = <T extends z.ZodType>(schema: T, changed: Partial<KeyMeta>): T =>
  described(schema, { ...metaOf(schema), ...changed });

/** The kind of a setting on the command line. */
export function kindOf(schema: z.ZodType): KeyKind {
  const inner = innermost(schema);
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodBoolean || inner instanceof z.ZodUnion) return 'boolean';
  return inner instanceof z.ZodArray ? 'numbers' : 'string';
}

/** The default of a setting; undefined when it must be given. */
export function defaultOf(schema: z.ZodType): unknown {
  return schema instanceof z.ZodDefault ? schema.parse(undefined) : undefined;
}
