/** @file What a sweep has found so far, as sweep.json and sweep.csv: no clock in it, so that a resumed sweep writes the same. */

import path from 'node:path';
import type { Settings, SettingValue } from '../config/sweep-file';
import { replaceFile } from '../files/durable-write';
import { csvOf } from '../files/csv';
import type { CsvCell } from '../files/csv';
import { sweptSettings } from './expand';
import { readMetric } from './metric';
import { runDirectory } from './plan';
import type { Sweep } from './plan';
import { compareMetric } from './rungs';
import { readRunStatuses } from './run-status';
import type { RunStatus, RunWithStatus } from './run-status';

/** A run in the table. */
export interface SummaryRun {
  readonly name: string;
  readonly parameters: Settings;
  readonly metric: number | null;
  readonly status: RunStatus;
  /** Low and high, where the evaluation gives them. */
  readonly interval: readonly [number, number] | null;
  /** Steps that the metric was measured after. */
  readonly step: number | null;
  /** Why it failed. */
  readonly reason: string | null;
}

/** The whole table, the best run first. */
export interface Summary {
  readonly metric: Sweep['definition']['metric'];
  readonly runs: readonly SummaryRun[];
}

async function summarize(sweep: Sweep, { run, state, status }: RunWithStatus): Promise<SummaryRun> {
  const reached = state.results.at(-1);
  // read anew: an evaluation may have come since
  const reading = reached
    ? await readMetric(runDirectory(sweep, run), sweep.definition.metric, reached.step)
    : null;
  const { name, parameters } = run;
  return {
    name,
    parameters,
    metric: reading?.value ?? null,
    status,
    interval: reading?.interval ?? null,
    step: reached?.step ?? null,
    reason: status === 'failed' ? state.reason : null,
  };
}

/** Ranks runs: by how far they came, then by the metric. */
const ORDER: readonly RunStatus[] = ['done', 'stopped_early', 'running', 'pending', 'failed'];

/** The table of a sweep, the best run first; what trained longer stands before what was stopped. */
export async function summarizeSweep(sweep: Sweep): Promise<Summary> {
  const { metric } = sweep.definition;
  const runs = await Promise.all(
    (await readRunStatuses(sweep)).map((entry) => summarize(sweep, entry)),
  );
  const rank = (run: SummaryRun): number => ORDER.indexOf(run.status);
  runs.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.step ?? 0) - (a.step ?? 0) ||
      compareMetric(a.metric, b.metric, metric.goal),
  );
  return { metric, runs };
}

/** Lists as one cell. */
const cellOf = (value: SettingValue | undefined): CsvCell =>
  Array.isArray(value) ? value.join(' ') : value;

function toCsv({ metric, runs }: Summary, settings: readonly string[]): string {
  const header = ['name', ...settings, metric.name, 'low', 'high', 'status', 'step', 'reason'];
  const rows = runs.map((run) => [
    run.name,
    ...settings.map((name) => cellOf(run.parameters[name])),
    run.metric,
    ...(run.interval ?? [null, null]),
    run.status,
    run.step,
    run.reason,
  ]);
  return csvOf(header, rows);
}

/** Writes `sweep.json` and `sweep.csv`. */
export async function writeSummary(sweep: Sweep, summary: Summary): Promise<void> {
  await replaceFile(
    path.join(sweep.directory, 'sweep.json'),
    `${JSON.stringify(summary, null, 1)}\n`,
  );
  await replaceFile(
    path.join(sweep.directory, 'sweep.csv'),
    toCsv(summary, sweptSettings(sweep.definition)),
  );
}
