/** @file From a sweep's parameters to its runs: every combination, or some drawn at random. */

import { isBundles, isRange, settingsOf } from '../config/sweep-file';
import type { Parameter, ParameterRange, Settings, SweepDefinition } from '../config/sweep-file';
import { createRandom } from '../statistics/random';
import type { Random } from '../statistics/random';
import { UserError } from '../errors';
import { distinctNames, runName, shownNumbers } from './run-names';

/** A run before it starts. */
export interface PlannedRun {
  /** From 0, in the order of the table. */
  readonly index: number;
  readonly name: string;
  /** The settings that the parameters give it. */
  readonly parameters: Settings;
}

/** Digits of a value of a range: what lies behind them is the last bit of the arithmetic. */
const DIGITS = 12;
/** Draws for every run that is wanted, before the space counts as too small. */
const MOST_DRAWS = 200;
/** Runs of a sweep: a few letters of a file can ask for more than memory holds. */
const MOST_RUNS = 10_000;

/** The value at a share, 0 to 1, of a range: the ends are as written, and nothing lies outside. */
function valueAt({ min, max, distribution }: ParameterRange, share: number): number {
  if (share <= 0) return min;
  if (share >= 1) return max;
  const value =
    distribution === 'log-uniform' ? min * (max / min) ** share : min + (max - min) * share;
  const exact = distribution === 'integer' ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return Math.min(max, Math.max(min, exact));
}

/** What a parameter may set, in order; ranges by their points. */
function choices(name: string, parameter: Parameter): readonly Settings[] {
  if (isBundles(parameter)) return parameter;
  if (!isRange(parameter)) return parameter.map((value) => ({ [name]: value }));
  const { points = 2 } = parameter;
  return Array.from({ length: points }, (_, i) => ({
    [name]: valueAt(parameter, i / (points - 1)),
  }));
}

/** One value of a parameter by chance; a range's ends are as likely as what lies between. */
function draw(name: string, parameter: Parameter, random: Random): Settings {
  if (!isRange(parameter)) {
    const all = choices(name, parameter);
    return all[random.nextInt(all.length)] ?? {};
  }
  const { min, max, distribution } = parameter;
  if (distribution === 'integer') return { [name]: min + random.nextInt(max - min + 1) };
  return { [name]: valueAt(parameter, random.nextFloat()) };
}

function grid(parameters: SweepDefinition['parameters']): Settings[] {
  return Object.entries(parameters).reduce<Settings[]>(
    (sets, [name, parameter]) =>
      sets.flatMap((set) => choices(name, parameter).map((choice) => ({ ...set, ...choice }))),
    [{}],
  );
}

function drawn(parameters: SweepDefinition['parameters'], count: number, seed: number): Settings[] {
  const random = createRandom(seed);
  const sets = new Map<string, Settings>();
  for (let n = 0; sets.size < count && n < MOST_DRAWS * count; n++) {
    const parts = Object.entries(parameters).map(([name, parameter]) =>
      draw(name, parameter, random),
    );
    const set = Object.assign({}, ...parts) as Settings;
    sets.set(JSON.stringify(set), set);
  }
  return [...sets.values()];
}

/** Settings that are not the same in all runs. */
function differing(sets: readonly Settings[]): ReadonlySet<string> {
  const names = [...new Set(sets.flatMap((set) => Object.keys(set)))];
  return new Set(
    names.filter((name) => new Set(sets.map((set) => JSON.stringify(set[name]))).size > 1),
  );
}

/** The settings of every run as its name shows them: what a range gave is rounded to the digits that tell it from the others. */
function shownSettings(
  sets: readonly Settings[],
  parameters: SweepDefinition['parameters'],
): readonly Settings[] {
  const ranges = Object.keys(parameters).filter((name) => {
    const parameter = parameters[name];
    return parameter !== undefined && isRange(parameter);
  });
  const shown = new Map(
    ranges.map((name) => [name, shownNumbers(sets.map((set) => Number(set[name])))] as const),
  );
  return sets.map((set) =>
    Object.fromEntries(
      Object.entries(set).map(([name, value]) => [
        name,
        shown.get(name)?.get(Number(value)) ?? value,
      ]),
    ),
  );
}

/** Names of all settings that the parameters give, in the file's order. */
export const sweptSettings = ({ parameters }: SweepDefinition): readonly string[] =>
  Object.entries(parameters).flatMap(([name, parameter]) => settingsOf(name, parameter));

/** How many values a grid takes of a parameter. */
const choiceCount = (parameter: Parameter): number =>
  isRange(parameter) ? (parameter.points ?? 2) : parameter.length;

/** @throws UserError for more runs than a sweep can have, before any is made */
function checkCount(
  file: string,
  { parameters, method, limits }: Pick<SweepDefinition, 'parameters' | 'method' | 'limits'>,
): void {
  const count =
    method === 'random'
      ? (limits.runs ?? 0)
      : Object.values(parameters).reduce((product, one) => product * choiceCount(one), 1);
  if (count > MOST_RUNS)
    throw new UserError(
      `${file}: ${method === 'random' ? 'limits.runs' : 'parameters'}: expected at most ${MOST_RUNS} runs, got ${count}. Take values out, or make several sweeps.`,
    );
}

/**
 * The runs of a sweep, the same for the same definition.
 * @throws UserError when the limit is below a grid's size, above what can be drawn, two combinations are one, or there are too many
 */
export function expandSweep(
  file: string,
  { parameters, method, seed, limits }: SweepDefinition,
): PlannedRun[] {
  checkCount(file, { parameters, method, limits });
  const sets = method === 'grid' ? grid(parameters) : drawn(parameters, limits.runs ?? 0, seed);
  if (limits.runs !== null && method === 'grid' && sets.length > limits.runs)
    throw new UserError(
      `${file}: limits.runs: expected at least the ${sets.length} runs of the grid, got ${limits.runs}. Raise it, take values out, or use method: random.`,
    );
  if (limits.runs !== null && method === 'random' && sets.length < limits.runs)
    throw new UserError(
      `${file}: limits.runs: expected at most ${sets.length}, which is what the parameters give, got ${limits.runs}. Lower it, or add values.`,
    );
  if (new Set(sets.map((set) => JSON.stringify(set))).size < sets.length)
    throw new UserError(
      `${file}: parameters: expected every combination once, got one twice. Take repeated values out.`,
    );
  const differ = differing(sets);
  const named = shownSettings(sets, parameters).map((set) =>
    runName(Object.fromEntries(Object.entries(set).filter(([name]) => differ.has(name)))),
  );
  const names = distinctNames(named);
  return sets.map((set, index) => ({
    index,
    name: names[index] ?? String(index),
    parameters: set,
  }));
}
