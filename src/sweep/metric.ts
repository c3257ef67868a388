/** @file A run's value of the sweep's metric: from its metrics.jsonl, or from its evaluation.json. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { SweepMetric } from '../config/sweep-file';
import { runFiles } from '../runs/run-dir';
import { figuresOf, readEvaluation } from './evaluation';

/** A value with the step that it was measured at, and its interval where the evaluation gives one. */
export interface MetricReading {
  readonly value: number;
  readonly step: number | null;
  readonly interval: readonly [low: number, high: number] | null;
}

/** A line of metrics.jsonl. */
export type MetricLine = Readonly<Record<string, number | null>>;

const measuredSchema = z.union([
  z.number().transform((value) => ({ value, interval: null })),
  z.object({ value: z.number(), interval: z.tuple([z.number(), z.number()]) }),
  z
    .object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() })
    .transform(({ value, low, high }) => ({
      value,
      interval: low === null || high === null ? null : ([low, high] as const),
    })),
  z.object({ value: z.number() }).transform(({ value }) => ({ value, interval: null })),
]);

/** The numbers of a line, whatever else a broken one has; none of what is no object. */
const lineOf = (content: unknown): MetricLine[] =>
  typeof content === 'object' && content !== null && !Array.isArray(content)
    ? [
        Object.fromEntries(
          Object.entries(content as Readonly<Record<string, unknown>>).filter(
            (entry): entry is [string, number | null] =>
              entry[1] === null || typeof entry[1] === 'number',
          ),
        ),
      ]
    : [];

/** The lines of a run's metrics.jsonl, without one that is not finished; none where there is no file. */
export async function readMetricLines(directory: string): Promise<MetricLine[]> {
  const text = await readFile(runFiles(directory).metrics, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : lineOf(JSON.parse(line));
    } catch {
      return [];
    }
  });
}

/** A figure of a run's evaluation by its name, or any key of it, inner ones behind dots. */
async function fromEvaluation(
  directory: string,
  name: string,
  step: number,
): Promise<MetricReading | null> {
  const record = await readEvaluation(directory, step);
  const at = (keys: readonly string[]): unknown =>
    keys.reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null
          ? (inner as Record<string, unknown>)[key]
          : undefined,
      record,
    );
  const measured = measuredSchema.safeParse(at(['figures', name]) ?? at(name.split('.')));
  return measured.success ? { ...measured.data, step } : null;
}

/** @param lastStep lines after it do not count, and an evaluation of another step does not */
export async function readMetric(
  directory: string,
  { name, goal, at }: SweepMetric,
  lastStep: number,
): Promise<MetricReading | null> {
  const readings = (await readMetricLines(directory)).flatMap((line): MetricReading[] => {
    const step = line.step ?? 0;
    const value = line[name];
    return typeof value === 'number' && step <= lastStep ? [{ value, step, interval: null }] : [];
  });
  if (readings.length === 0) return fromEvaluation(directory, name, lastStep);
  if (at === 'last') return readings.at(-1) ?? null;
  return readings.reduce((best, reading) =>
    (goal === 'minimize' ? reading.value < best.value : reading.value > best.value)
      ? reading
      : best,
  );
}

/** Names that a run's metrics.jsonl and its evaluation have, for a message about one that they have not. */
export async function knownMetrics(directory: string, step: number): Promise<string[]> {
  const [last] = (await readMetricLines(directory)).slice(-1);
  const logged = Object.entries(last ?? {}).flatMap(([name, value]) =>
    name !== 'step' && value !== null ? [name] : [],
  );
  return [...logged, ...Object.keys(figuresOf(await readEvaluation(directory, step)))];
}
