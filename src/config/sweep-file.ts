/** @file The file that describes a sweep: its form and defaults, and every problem of one at once. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { UserError } from '../errors';
import { metaOf } from './key';
import type { Keys } from './key';
import { deepFreeze } from './load';
import { nearestName } from './nearest';
import { VERB_KEYS } from './schema';

const wholeFrom = (from: number) => {
  const what = `a whole number from ${from} up`;
  return z.number(what).int(what).min(from, what);
};
const numberAbove = (above: number) => z.number(`a number above ${above}`).gt(above, `a number above ${above}`);
const text = z.string('a text').min(1, 'a text');

const settingSchema = z.union([z.number(), z.string(), z.boolean(), z.array(z.number())], 'a number, a text, true, false or numbers');
const settingsSchema = z.record(z.string(), settingSchema, 'settings of train, `name: value`');

const rangeSchema = z
  .strictObject({
    min: z.number('a number'),
    max: z.number('a number'),
    distribution: z.enum(['uniform', 'log-uniform', 'integer'], 'one of uniform, log-uniform, integer').default('uniform'),
    /** Values that a grid takes of the range, both ends among them. */
    points: wholeFrom(2).optional(),
  })
  .refine(({ min, max }) => min < max, 'a range whose min is below its max')
  .refine(({ min, distribution }) => distribution !== 'log-uniform' || min > 0, 'a log-uniform range above 0');

const parameterSchema = z.union(
  [z.array(settingSchema).min(1), z.array(settingsSchema).min(1), rangeSchema],
  'a list of values, a list of bundles `{name: value}`, or a range {min, max, distribution, points}',
);

const slurmSchema = z.strictObject({
  partition: text.optional(),
  account: text.optional(),
  qos: text.optional(),
  /** Longest time of one run, as sbatch writes it; a run that needs more saves, is requeued, and goes on. */
  time: text.optional(),
  cpus: wholeFrom(1).default(1),
  memory: text.optional(),
  /** GPUs of a run as --gres writes them, e.g. `gpu:1` or `gpu:a100:1`. */
  gres: text.optional(),
  /** Seconds that a run is given to save before its time is over. */
  signal_seconds: wholeFrom(1).default(120),
  /** Shell lines before the command: modules, virtual environments. */
  setup: z.array(text, 'a list of shell lines').default([]),
  /** What the command is put behind, e.g. `apptainer exec --nv ipcgan.sif`. */
  wrapper: text.optional(),
  /** Further lines `#SBATCH …`. */
  options: z.array(text, 'a list of sbatch options').default([]),
});

const sweepSchema = z.strictObject(
  {
    /** Settings that all runs share, or a config file, relative to this one. */
    base: z.union([text, settingsSchema], 'settings of train, `name: value`, or the path of a config file').default({}),
    parameters: z
      .record(z.string(), parameterSchema, 'parameters, `name: values`')
      .refine((parameters) => Object.keys(parameters).length > 0, 'at least one parameter'),
    method: z.enum(['grid', 'random'], 'one of grid, random').default('grid'),
    seed: wholeFrom(0).default(1),
    metric: z.strictObject(
      {
        name: text,
        goal: z.enum(['minimize', 'maximize'], 'one of minimize, maximize'),
        /** Which line of metrics.jsonl counts. */
        at: z.enum(['last', 'best'], 'one of last, best').default('last'),
      },
      'a metric {name, goal}',
    ),
    stop_early: z
      .strictObject({ rungs: z.array(wholeFrom(1), 'a list of steps').min(1, 'at least one step'), factor: numberAbove(1).default(2) })
      .refine(({ rungs }) => rungs.every((step, i) => i === 0 || step > (rungs[i - 1] ?? 0)), 'rising rungs')
      .nullable()
      .default(null),
    limits: z
      .strictObject({
        runs: wholeFrom(1).nullable().default(null),
        hours: numberAbove(0).nullable().default(null),
        parallel: wholeFrom(1).default(1),
        /** How often a run that failed is started again by `sweep resume`. */
        retries: wholeFrom(0).default(1),
      })
      .prefault({}),
    /** Drawn people that the sweep makes its own data set of. */
    drawn_data: z
      .strictObject({ people: wholeFrom(2), pairs: wholeFrom(20).default(200), seed: wholeFrom(0).default(1) })
      .nullable()
      .default(null),
    slurm: slurmSchema.prefault({}),
  },
  'a sweep: base, parameters, metric',
);

/** A checked sweep file, with the settings of its base file in place. */
export type SweepDefinition = Omit<z.infer<typeof sweepSchema>, 'base'> & { readonly base: Settings };
/** Settings of train by name. */
export type Settings = Readonly<Record<string, SettingValue>>;
export type SettingValue = z.infer<typeof settingSchema>;
export type ParameterRange = z.infer<typeof rangeSchema>;
export type Parameter = z.infer<typeof parameterSchema>;
export type SlurmSettings = z.infer<typeof slurmSchema>;
export type SweepMetric = SweepDefinition['metric'];

/** What the sweep itself decides of every run. */
const OWN_KEYS: ReadonlySet<string> = new Set(['config', 'run', 'checkpoint_dir', 'resume', 'dry_run', 'sample_dir']);

/** Whether a parameter lists bundles of settings. */
export const isBundles = (parameter: Parameter): parameter is Settings[] =>
  Array.isArray(parameter) && typeof parameter[0] === 'object' && !Array.isArray(parameter[0]);
/** Whether a parameter is a range. */
export const isRange = (parameter: Parameter): parameter is ParameterRange => !Array.isArray(parameter);

function shown(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);
}

function valueAt(input: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined),
    input,
  );
}

/** Keys that the file's section at a path has. */
function knownKeys(keys: readonly PropertyKey[]): readonly string[] {
  if (keys.length === 0) return Object.keys(sweepSchema.shape);
  const section: unknown = keys.reduce<unknown>(
    (inner, key) => (inner instanceof z.ZodObject ? inner.shape[key as string] : undefined),
    sweepSchema,
  );
  return objectKeys(section);
}

function objectKeys(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  const isWrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable;
  return isWrapped ? objectKeys(schema.unwrap()) : [];
}

function problemOf(file: string, input: unknown, issue: z.core.$ZodIssue): string[] {
  const where = issue.path.length > 0 ? `${file}: ${issue.path.join('.')}` : file;
  if (issue.code !== 'unrecognized_keys')
    return [`${where}: expected ${issue.message}, got ${shown(valueAt(input, issue.path))}. See docs/sweeps.md.`];
  const known = knownKeys(issue.path);
  return issue.keys.map((key) => {
    const nearest = nearestName(key, known);
    return `${where}: expected a known key, got '${key}'. ${nearest ? `Did you mean '${nearest}'?` : 'See docs/sweeps.md.'}`;
  });
}

function checkSetting(where: string, name: string, value: unknown, problems: string[]): void {
  const keys: Keys = VERB_KEYS.train;
  const schema = keys[name];
  if (OWN_KEYS.has(name))
    problems.push(`${where}: expected a setting that runs may differ in, got ${name}. The sweep sets it for each run.`);
  else if (!schema) {
    const nearest = nearestName(name, Object.keys(keys));
    problems.push(
      `${where}: expected a known setting of train, got '${name}'. ${nearest ? `Did you mean '${nearest}'?` : 'See docs/configuration.md.'}`,
    );
  } else if (!schema.safeParse(value).success) {
    problems.push(
      `${where}: expected ${metaOf(schema).expected}, got ${shown(value)}. ${metaOf(schema).advice ?? 'See docs/configuration.md.'}`,
    );
  }
}

/** Settings that a parameter sets, with each value that the file names. */
function namedValues(name: string, parameter: Parameter): readonly (readonly [string, unknown])[] {
  if (isBundles(parameter)) return parameter.flatMap((bundle) => Object.entries(bundle));
  return isRange(parameter)
    ? [
        [name, parameter.min],
        [name, parameter.max],
      ]
    : parameter.map((value) => [name, value] as const);
}

/** Names of the settings that a parameter sets. */
export const settingsOf = (name: string, parameter: Parameter): readonly string[] => [
  ...new Set(namedValues(name, parameter).map(([key]) => key)),
];

function checkSpace(file: string, { base, parameters, drawn_data, stop_early, method, limits }: SweepDefinition, problems: string[]): void {
  for (const [name, value] of Object.entries(base)) checkSetting(`${file}: base.${name}`, name, value, problems);
  const setBy = new Map<string, string>();
  for (const [name, parameter] of Object.entries(parameters)) {
    for (const [key, value] of namedValues(name, parameter)) checkSetting(`${file}: parameters.${name}`, key, value, problems);
    for (const key of settingsOf(name, parameter)) {
      const other = setBy.get(key);
      if (other !== undefined)
        problems.push(`${file}: parameters.${name}: expected settings of its own, got ${key}, which ${other} sets, too. Leave one out.`);
      setBy.set(key, name);
    }
    if (method === 'grid' && isRange(parameter) && parameter.points === undefined)
      problems.push(
        `${file}: parameters.${name}: expected 'points' for a grid, got a range without. Say how many values to take, or use method: random.`,
      );
  }
  if (method === 'random' && limits.runs === null)
    problems.push(`${file}: limits.runs: expected how many runs to draw, got nothing. Random search needs it.`);
  if (drawn_data !== null && (base.data !== undefined || setBy.has('data')))
    problems.push(`${file}: drawn_data: expected it or 'data', got both. Leave one out.`);
  if (stop_early !== null && setBy.has('max_steps'))
    problems.push(`${file}: stop_early: expected runs of one length, got the parameter max_steps. Leave one out.`);
}

function readYaml(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file}: expected a YAML or JSON file, got ${reason}. Check the path; docs/sweeps.md shows one.`, { cause });
  }
}

/**
 * Checks what a sweep file says. @param base settings where `input.base` names a file
 * @throws UserError with all problems, a line each
 */
export function checkSweep(file: string, input: unknown): SweepDefinition {
  const result = sweepSchema.safeParse(input);
  if (!result.success) throw new UserError(result.error.issues.flatMap((issue) => problemOf(file, input, issue)).join('\n'));
  const { base, ...rest } = result.data;
  const settings = typeof base === 'string' ? readYaml(path.resolve(path.dirname(file), base)) : base;
  const checked = settingsSchema.safeParse(settings ?? {});
  if (!checked.success)
    throw new UserError(`${file}: base: expected settings of train, got ${shown(settings)}. See docs/configuration.md.`);
  const definition = { ...rest, base: checked.data };
  const problems: string[] = [];
  checkSpace(file, definition, problems);
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return deepFreeze(definition);
}

/** Reads and checks a sweep file. @throws UserError with all problems, a line each */
export const readSweepFile = (file: string): SweepDefinition => checkSweep(file, readYaml(file));
