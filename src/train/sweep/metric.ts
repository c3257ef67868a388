/** @file A run's value of the sweep's metric: from its metrics.jsonl, or from its evaluation.json. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { SweepMetric } from '../../config/sweep-file';
import { runFiles } from '../run-dir';

/** A value with the step that it was measured at, and its interval where the evaluation gives one. */
export interface MetricReading {
  readonly value: number;
  readonly step: number | null;
  readonly interval: readonly [low: number, high: number] | null;
}

/** A line of metrics.jsonl. */
export type MetricLine = Readonly<Record<string, number | null>>;

/** Its name in a run's directory. */
const EVALUATION = 'evaluation.json';

const measuredSchema = z.union([
  z.number().transform((value) => ({ value, interval: null })),
  z.object({ value: z.number(), interval: z.tuple([z.number(), z.number()]) }),
  z
    .object({ value: z.number(), low: z.number(), high: z.number() })
    .transform(({ value, low, high }) => ({ value, interval: [low, high] as const })),
  z.object({ value: z.number() }).transform(({ value }) => ({ value, interval: null })),
]);

/** The lines of a run's metrics.jsonl, without one that is not finished; none where there is no file. */
export async function readMetricLines(directory: string): Promise<MetricLine[]> {
  const text = await readFile(runFiles(directory).metrics, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as MetricLine];
    } catch {
      return [];
    }
  });
}

/** A key of evaluation.json, inner ones behind dots. */
async function fromEvaluation(directory: string, name: string): Promise<MetricReading | null> {
  const text = await readFile(path.join(directory, EVALUATION), 'utf8').catch(() => null);
  if (text === null) return null;
  const found = name
    .split('.')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
      JSON.parse(text),
    );
  const measured = measuredSchema.safeParse(found);
  return measured.success ? { ...measured.data, step: null } : null;
}

/** @param lastStep lines after it do not count; null for all */
export async function readMetric(
  directory: string,
  { name, goal, at }: SweepMetric,
  lastStep: number | null,
): Promise<MetricReading | null> {
  const readings = (await readMetricLines(directory)).flatMap((line): MetricReading[] => {
    const [step, value] = [line.step ?? 0, line[name]];
    const counts = typeof value === 'number' && (lastStep === null || step <= lastStep);
    return counts ? [{ value, step, interval: null }] : [];
  });
  if (readings.length === 0) return fromEvaluation(directory, name);
  if (at === 'last') return readings.at(-1) ?? null;
  return readings.reduce((best, reading) =>
    (goal === 'minimize' ? reading.value < best.value : reading.value > best.value) ? reading : best,
  );
}

/** Names that a run's metrics.jsonl has, for a message about one that it has not. */
export async function knownMetrics(directory: string): Promise<string[]> {
  const [last] = (await readMetricLines(directory)).slice(-1);
  return Object.entries(last ?? {}).flatMap(([name, value]) => (name !== 'step' && value !== null ? [name] : []));
}
