/** @file What each number that a sweep varies does to identity, age and the sweep's metric: means over the runs at its low and its high end. */

import { EVALUATION_FIGURES, HELD_OUT_METRICS } from '../config/metric-names';
import { figuresOf, readEvaluation } from './evaluation';
import { sweptSettings } from './expand';
import { readMetricLines } from './metric';
import { runDirectory } from './plan';
import type { Sweep } from './plan';
import type { SummaryRun } from './summary';

/** A mean over the runs at the low end of a setting, and over those at its high end. */
export interface Effect {
  readonly setting: string;
  /** The settings' values there; the mean where several are taken together. */
  readonly from: number;
  readonly to: number;
  /** Runs at each end. */
  readonly runs: readonly [low: number, high: number];
  readonly metrics: readonly {
    readonly name: string;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Identity and age, by the losses on held-out faces and by an evaluation. */
export const WATCHED = [...HELD_OUT_METRICS, ...EVALUATION_FIGURES];
/** A setting with more values than this is split in halves; one with fewer has its lowest and its highest value. */
const FEW_VALUES = 4;
/** With fewer runs at an end a mean says little. */
const LEAST_RUNS = 2;

/** A run that trained to its end, with its last line of metrics, its evaluation, and its value of the sweep's metric. */
interface Finished {
  readonly parameters: SummaryRun['parameters'];
  readonly last: Readonly<Record<string, number | null>>;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function ends(runs: readonly Finished[], setting: string): readonly [Finished[], Finished[]] {
  const at = (run: Finished): number => Number(run.parameters[setting]);
  const values = [...new Set(runs.map(at))].sort((a, b) => a - b);
  const half = values.length / 2;
  const [below, above] =
    values.length > FEW_VALUES
      ? [values[Math.ceil(half) - 1], values[Math.floor(half)]]
      : [values[0], values.at(-1)];
  return [
    runs.filter((run) => at(run) <= (below ?? NaN)),
    runs.filter((run) => at(run) >= (above ?? NaN)),
  ];
}

function effectOf(runs: readonly Finished[], setting: string, names: readonly string[]): Effect[] {
  const [low, high] = ends(runs, setting);
  if (low.length < LEAST_RUNS || high.length < LEAST_RUNS) return [];
  const meanOf = (part: readonly Finished[], name: string): number =>
    mean(part.map(({ last }) => last[name] ?? NaN));
  const metrics = names
    .map((name) => ({ name, low: meanOf(low, name), high: meanOf(high, name) }))
    .filter((one) => Number.isFinite(one.low + one.high));
  const valueOf = (part: readonly Finished[]): number =>
    mean(part.map(({ parameters }) => Number(parameters[setting])));
  return [
    { setting, from: valueOf(low), to: valueOf(high), runs: [low.length, high.length], metrics },
  ];
}

/** The last numbers of a run by name: of its metrics, of its evaluation, and its value of the sweep's metric. */
export async function lastValues(
  sweep: Sweep,
  { name, metric, step }: SummaryRun,
): Promise<Finished['last']> {
  const run = sweep.runs.find((planned) => planned.name === name);
  if (!run || step === null) return {};
  const directory = runDirectory(sweep, run);
  const figures = figuresOf(await readEvaluation(directory, step));
  return {
    ...figures,
    ...(await readMetricLines(directory)).at(-1),
    [sweep.definition.metric.name]: metric,
  };
}

/** One effect for each number that differs between the runs that trained to their end. */
export async function effectsOf(sweep: Sweep, summary: readonly SummaryRun[]): Promise<Effect[]> {
  const done = summary.filter(({ status }) => status === 'done');
  const finished = await Promise.all(
    done.map(async (run) => ({ parameters: run.parameters, last: await lastValues(sweep, run) })),
  );
  const names = [...new Set([...WATCHED, sweep.definition.metric.name])];
  const isVaried = (setting: string): boolean =>
    finished.every(({ parameters }) => typeof parameters[setting] === 'number') &&
    new Set(finished.map(({ parameters }) => parameters[setting])).size > 1;
  return sweptSettings(sweep.definition)
    .filter(isVaried)
    .flatMap((setting) => effectOf(finished, setting, names));
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** An effect as a sentence. */
export function effectSentence({ setting, from, to, runs, metrics }: Effect): string {
  const parts = metrics.map(({ name, low, high }) => {
    const change = (100 * (high - low)) / Math.abs(low);
    // of nothing there are no per cent
    const inPerCent = Number.isFinite(change)
      ? ` (${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)} %)`
      : '';
    return `${name} ${short(low)} to ${short(high)}${inPerCent}`;
  });
  return `${setting} from ${short(from)} to ${short(to)}: ${parts.join(', ')}; means of ${runs.join(' and ')} runs`;
}
