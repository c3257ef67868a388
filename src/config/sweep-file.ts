/** @file The file that describes a sweep: its form and defaults, and every problem of one at once. */

import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import { defaultOf, metaOf } from './key';
import type { Keys } from './key';
import { deepFreeze } from './load';
import { METRIC_NAMES } from './metric-names';
import { nearestName } from './nearest';
import { problemsOf, readYaml, shownValue } from './problems';
import { nameOf, strangerHome, toKind, withHome } from './read-settings';
import { VERB_KEYS } from './schema';
import { slurmSchema } from './slurm-settings';
import { withoutOldRun } from './written-config';

const wholeFrom = (from: number) => {
  const what = `a whole number from ${from} up`;
  return z.number(what).int(what).min(from, what);
};
const numberAbove = (above: number) =>
  z.number(`a number above ${above}`).gt(above, `a number above ${above}`);
const text = z.string('a text').min(1, 'a text');

const settingSchema = z.union(
  [z.number(), z.string(), z.boolean(), z.array(z.number()), z.null()],
  'a number, a text, true, false, numbers or null',
);
const settingsSchema = z.record(z.string(), settingSchema, 'settings of train, `name: value`');
const evaluationSchema = z.record(
  z.string(),
  settingSchema,
  'settings of evaluate, `name: value`; {} for its defaults',
);

const rangeSchema = z
  .strictObject({
    min: z.number('a number'),
    max: z.number('a number'),
    distribution: z
      .enum(['uniform', 'log-uniform', 'integer'], 'one of uniform, log-uniform, integer')
      .default('uniform'),
    /** Values that a grid takes of the range, both ends among them. */
    points: wholeFrom(2).optional(),
  })
  .refine(({ min, max }) => min < max, 'a range whose min is below its max')
  .refine(
    ({ min, distribution }) => distribution !== 'log-uniform' || min > 0,
    'a log-uniform range above 0',
  )
  .refine(
    ({ min, max, distribution }) =>
      distribution !== 'integer' || (Number.isInteger(min) && Number.isInteger(max)),
    'whole numbers as the ends of an integer range',
  )
  .refine(
    ({ min, max, distribution, points }) =>
      distribution !== 'integer' || points === undefined || points <= max - min + 1,
    'at most as many points as there are whole numbers in the range',
  );

const parameterSchema = z.union(
  [z.array(settingSchema).min(1), z.array(settingsSchema).min(1), rangeSchema],
  'a list of values, a list of bundles `{name: value}`, or a range {min, max, distribution, points}',
);

const sweepSchema = z.strictObject(
  {
    /** Settings that all runs share, or a config file, relative to this one. */
    base: z
      .union(
        [text, settingsSchema],
        'settings of train, `name: value`, or the path of a config file',
      )
      .default({}),
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
      .strictObject({
        rungs: z.array(wholeFrom(1), 'a list of steps').min(1, 'at least one step'),
        factor: numberAbove(1).default(2),
      })
      .refine(
        ({ rungs }) => rungs.every((step, i) => i === 0 || step > (rungs[i - 1] ?? 0)),
        'rising rungs',
      )
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
      .strictObject({
        people: wholeFrom(2),
        pairs: wholeFrom(20).default(200),
        seed: wholeFrom(0).default(1),
      })
      .nullable()
      .default(null),
    /** Settings of `ipcgan evaluate`, which judges every run at every rung; null for no evaluation. */
    evaluation: evaluationSchema.nullable().default(null),
    slurm: slurmSchema.prefault({}),
  },
  'a sweep: base, parameters, metric',
);

/** A checked sweep file, with the settings of its base file in place. */
export type SweepDefinition = Omit<z.infer<typeof sweepSchema>, 'base'> & {
  readonly base: Settings;
};
/** Settings of train by name. */
export type Settings = Readonly<Record<string, SettingValue>>;
export type SettingValue = z.infer<typeof settingSchema>;
export type ParameterRange = z.infer<typeof rangeSchema>;
export type Parameter = z.infer<typeof parameterSchema>;
export type SweepMetric = SweepDefinition['metric'];

const PAGE = 'docs/sweeps.md';

/** What the sweep itself decides of every run, by verb. */
const OWN_KEYS: Readonly<Record<'train' | 'evaluate', ReadonlySet<string>>> = {
  train: new Set(['config', 'run', 'checkpoint_dir', 'resume', 'dry_run', 'json', 'sample_dir']),
  evaluate: new Set([
    'config',
    'checkpoint_dir',
    'step',
    'all_steps',
    'compare',
    'out',
    'json',
    'real_as_outputs',
  ]),
};

/** Whether a parameter lists bundles of settings. */
export const isBundles = (parameter: Parameter): parameter is Settings[] =>
  Array.isArray(parameter) &&
  typeof parameter[0] === 'object' &&
  parameter[0] !== null &&
  !Array.isArray(parameter[0]);
/** Whether a parameter is a range. */
export const isRange = (parameter: Parameter): parameter is ParameterRange =>
  !Array.isArray(parameter);

function checkSetting(
  where: string,
  verb: 'train' | 'evaluate',
  name: string,
  value: unknown,
  problems: string[],
): void {
  const keys: Keys = VERB_KEYS[verb];
  const schema = Object.hasOwn(keys, name) ? keys[name] : undefined;
  const stranger = strangerHome(value);
  if (stranger !== null) problems.push(`${where}: ${stranger}`);
  if (OWN_KEYS[verb].has(name) && value !== null)
    problems.push(
      `${where}: expected a setting that runs may differ in, got ${name}. The sweep sets it for each run.`,
    );
  else if (!schema) {
    const nearest = nearestName(name, Object.keys(keys));
    problems.push(
      `${where}: expected a known setting of ${verb}, got '${name}'. ${nearest ? `Did you mean '${nearest}'?` : 'See docs/configuration.md.'}`,
    );
  } else if (!schema.safeParse(value).success) {
    problems.push(
      `${where}: expected ${metaOf(schema).expected}, got ${shownValue(value)}. ${metaOf(schema).advice ?? 'See docs/configuration.md.'}`,
    );
  }
}

/** Steps to train, unless a parameter says otherwise. */
export const maxStepsOf = ({ base }: SweepDefinition): number =>
  Number(base.max_steps ?? defaultOf(VERB_KEYS.train.max_steps));

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

function checkSpace(file: string, definition: SweepDefinition, problems: string[]): void {
  const { base, parameters, drawn_data, stop_early, method, limits, evaluation } = definition;
  for (const [name, value] of Object.entries(base))
    checkSetting(`${file}: base.${name}`, 'train', name, value, problems);
  const setBy = new Map<string, string>();
  for (const [name, parameter] of Object.entries(parameters)) {
    for (const [key, value] of namedValues(name, parameter))
      checkSetting(`${file}: parameters.${name}`, 'train', key, value, problems);
    for (const key of settingsOf(name, parameter)) {
      const other = setBy.get(key);
      if (other !== undefined)
        problems.push(
          `${file}: parameters.${name}: expected settings of its own, got ${key}, which ${other} sets, too. Leave one out.`,
        );
      setBy.set(key, name);
    }
    if (method === 'grid' && isRange(parameter) && parameter.points === undefined)
      problems.push(
        `${file}: parameters.${name}: expected 'points' for a grid, got a range without. Say how many values to take, or use method: random.`,
      );
  }
  if (method === 'random' && limits.runs === null)
    problems.push(
      `${file}: limits.runs: expected how many runs to draw, got nothing. Random search needs it.`,
    );
  if (drawn_data !== null && ((base.data ?? null) !== null || setBy.has('data')))
    problems.push(`${file}: drawn_data: expected it or 'data', got both. Leave one out.`);
  for (const [name, value] of Object.entries(evaluation ?? {}))
    checkSetting(`${file}: evaluation.${name}`, 'evaluate', name, value, problems);
  if (
    evaluation !== null &&
    [evaluation.data, base.data, drawn_data].every((data) => (data ?? null) === null) &&
    !setBy.has('data')
  )
    problems.push(
      `${file}: evaluation.data: expected a prepared data set, here or in base.data, got nothing. Make one with \`ipcgan prepare\`.`,
    );
  if (stop_early !== null && setBy.has('max_steps'))
    problems.push(
      `${file}: stop_early: expected runs of one length, got the parameter max_steps. Leave one out.`,
    );
}

/**
 * What is wrong with a sweep that is to be started, beside what {@link checkSweep} finds: one that runs already is left as it is.
 * A metric may be a figure of an evaluation that somebody makes by hand; one that is nearly a metric of training is a mistake.
 */
export function problemsOfNew(file: string, definition: SweepDefinition): string[] {
  const { metric, stop_early } = definition;
  const problems: string[] = [];
  const nearest = METRIC_NAMES.some((name) => name === metric.name)
    ? null
    : nearestName(metric.name, METRIC_NAMES);
  if (nearest !== null)
    problems.push(
      `${file}: metric.name: expected a metric that runs have, got ${metric.name}. Did you mean '${nearest}'?`,
    );
  const maxSteps = maxStepsOf(definition);
  const late = (stop_early?.rungs ?? []).filter((step) => step >= maxSteps);
  if (late.length > 0)
    problems.push(
      `${file}: stop_early.rungs: expected steps below max_steps (${maxSteps}), got ${late.join(', ')}. Lower them, or raise base.max_steps.`,
    );
  return problems;
}

/** What is read of a file that a sweep file's key names, relative to it. @throws UserError that names both */
function readNamed<T>(file: string, key: string, named: string, read: (file: string) => T): T {
  try {
    return read(path.resolve(path.dirname(file), withHome(named)));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const lines = error.message.split('\n').map((line) => `${file}: ${key}: ${line}`);
    throw new UserError(lines.join('\n'), { cause: error });
  }
}

/** A sweep file with the content of the file that its `slurm` names, relative to it. */
function withSlurmFile(file: string, input: unknown): unknown {
  const named = (input as { slurm?: unknown } | null)?.slurm;
  return typeof named === 'string'
    ? {
        ...(input as object),
        slurm: readNamed(file, 'slurm', named, (other) => readYaml(other, PAGE)),
      }
    : input;
}

/** Settings under their own names and of their kinds: a sweep file takes what the command line takes. */
const toSettings = (verb: 'train' | 'evaluate', settings: Settings): Settings =>
  Object.fromEntries(
    Object.entries(settings).map(([given, value]) => {
      const name = nameOf(given, VERB_KEYS[verb]);
      return [name, toKind(value, VERB_KEYS[verb], name) as SettingValue];
    }),
  );

/** A parameter under its setting's own name, with values of its kind. */
function toParameter(given: string, parameter: Parameter): [string, Parameter] {
  const name = nameOf(given, VERB_KEYS.train);
  if (isBundles(parameter)) return [given, parameter.map((one) => toSettings('train', one))];
  if (isRange(parameter)) return [name, parameter];
  return [name, parameter.map((value) => toKind(value, VERB_KEYS.train, name) as SettingValue)];
}

/** A line for each setting that stands there under two spellings of its name. */
function namedTwice(where: string, verb: 'train' | 'evaluate', settings: object): string[] {
  const names = Object.keys(settings).map((given) => nameOf(given, VERB_KEYS[verb]));
  return names
    .filter((name, i) => names.indexOf(name) < i)
    .map((name) => `${where}.${name}: expected it once, got it twice. Leave one out.`);
}

/** What is nothing is left to its default. */
const withoutNothing = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/**
 * Settings of a base file; of the config of a run, those that other runs can start from.
 * @param given names of the settings that the sweep gives its runs itself
 * @throws UserError with all problems of the file, a line each
 */
function readBase(file: string, given: ReadonlySet<string>): Settings {
  const content = withoutOldRun('train', file, readYaml(file, PAGE) ?? {}, given);
  const checked = settingsSchema.safeParse(content);
  if (checked.success) return checked.data;
  throw new UserError(
    problemsOf(file, settingsSchema, content, checked.error, 'docs/configuration.md').join('\n'),
  );
}

/**
 * Checks what a sweep file says. @param base settings where `input.base` names a file
 * @throws UserError with all problems, a line each
 */
export function checkSweep(file: string, input: unknown): SweepDefinition {
  const whole = withSlurmFile(file, input);
  const result = sweepSchema.safeParse(whole);
  if (!result.success)
    throw new UserError(problemsOf(file, sweepSchema, whole, result.error, PAGE).join('\n'));
  const { base, parameters, evaluation, ...rest } = result.data;
  const own = Object.entries(parameters).map(([name, one]) => toParameter(name, one));
  const given = new Set([
    ...own.flatMap(([name, one]) => settingsOf(name, one)),
    ...(rest.drawn_data === null ? [] : ['data']),
  ]);
  const settings =
    typeof base === 'string'
      ? readNamed(file, 'base', base, (other) => readBase(other, given))
      : base;
  const definition = {
    ...rest,
    parameters: Object.fromEntries(own),
    evaluation: evaluation && toSettings('evaluate', evaluation),
    base: toSettings('train', settings),
  };
  const problems = [
    ...namedTwice(`${file}: base`, 'train', settings),
    ...namedTwice(`${file}: parameters`, 'train', parameters),
    ...namedTwice(`${file}: evaluation`, 'evaluate', evaluation ?? {}),
  ];
  checkSpace(file, definition, problems);
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return deepFreeze({
    ...definition,
    base: withoutNothing(definition.base),
    evaluation: definition.evaluation && withoutNothing(definition.evaluation),
  });
}

/** Reads and checks a sweep file. @throws UserError with all problems, a line each */
export const readSweepFile = (file: string): SweepDefinition =>
  checkSweep(file, readYaml(file, PAGE));
