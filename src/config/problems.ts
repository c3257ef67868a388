/** @file What is wrong with a file, said of its keys: where, what was expected, what came, and which known key is near. */

import { z } from 'zod';
import { UserError } from '../errors';
import { nearestName } from './nearest';
import { parseYamlFile } from './yaml-file';

/** Letters of a value that a message shows: enough to know it by, few enough that a whole file is not poured out. */
const SHOWN = 120;

/** The JSON of a value; of one that holds itself, as YAML can write, or that is too deep there is none. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'lists or settings in one another without an end';
  }
}

/** A value in a message. */
export function shownValue(value: unknown): string {
  if (value === '') return 'an empty text';
  const text = typeof value === 'string' ? value : value === undefined ? 'nothing' : jsonOf(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

function valueAt(input: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}

function unwrapped(schema: unknown): unknown {
  const isWrapped =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable;
  return isWrapped ? unwrapped(schema.unwrap()) : schema;
}

/** Keys that the file's section at a path has. */
function knownKeys(schema: z.ZodType, keys: readonly PropertyKey[]): readonly string[] {
  const section = keys.reduce<unknown>((outer, key) => {
    const inner = unwrapped(outer);
    return inner instanceof z.ZodObject ? inner.shape[key as string] : undefined;
  }, schema);
  const inner = unwrapped(section);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** One line for each key that is wrong. @param page of the documentation that shows such a file */
export function problemsOf(
  file: string,
  schema: z.ZodType,
  input: unknown,
  error: z.ZodError,
  page: string,
): string[] {
  return error.issues.flatMap((issue) => {
    const where = issue.path.length > 0 ? `${file}: ${issue.path.join('.')}` : file;
    if (issue.code !== 'unrecognized_keys')
      return [
        `${where}: expected ${issue.message}, got ${shownValue(valueAt(input, issue.path))}. See ${page}.`,
      ];
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const nearest = nearestName(key, known);
      return `${where}: expected a known key, got '${key}'. ${nearest ? `Did you mean '${nearest}'?` : `See ${page}.`}`;
    });
  });
}

/** Reads a YAML or JSON file. @throws UserError that names a page with an example */
export function readYaml(file: string, page: string): unknown {
  try {
    return parseYamlFile(file).content;
  } catch (cause) {
    throw new UserError(
      `${file}: expected a YAML or JSON file, got ${(cause as Error).message}. Check the path; ${page} shows one.`,
      {
        cause,
      },
    );
  }
}
