/** @file Tables of a sweep for the terminal: what is planned, and how it stands. */

import type { SettingValue, SweepDefinition } from '../config/sweep-file';
import { sweptSettings } from './expand';
import type { PlannedRun } from './expand';
import type { Summary } from './summary';

/** Digits of a metric. */
const DIGITS = 5;

const shown = (value: SettingValue | null | undefined): string =>
  value === null || value === undefined
    ? '-'
    : Array.isArray(value)
      ? value.join(',')
      : String(value);

/** Cells in columns, numbers at the right; the last column stays as long as it is. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), 0),
  );
  const isNumber = (text: string): boolean => text !== '' && !Number.isNaN(Number(text));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) =>
        isNumber(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

/** The runs of a plan. */
export function plannedTable(definition: SweepDefinition, runs: readonly PlannedRun[]): string {
  const names = sweptSettings(definition);
  return columns([
    ['#', 'name', ...names],
    ...runs.map((run) => [
      String(run.index),
      run.name,
      ...names.map((name) => shown(run.parameters[name])),
    ]),
  ]);
}

/** The runs of a sweep as they stand, the best first. */
export function summaryTable({ metric, runs }: Summary, definition: SweepDefinition): string {
  const names = sweptSettings(definition);
  const rounded = (value: number): string => Number(value.toPrecision(DIGITS)).toString();
  const hasIntervals = runs.some(({ interval }) => interval !== null);
  const rows = runs.map((run) => [
    run.name,
    ...names.map((name) => shown(run.parameters[name])),
    run.metric === null ? '-' : rounded(run.metric),
    ...(hasIntervals ? [run.interval === null ? '-' : run.interval.map(rounded).join(' to ')] : []),
    shown(run.step),
    run.status,
    run.reason ?? '',
  ]);
  return columns([
    [
      'name',
      ...names,
      metric.name,
      ...(hasIntervals ? ['95 % interval'] : []),
      'step',
      'status',
      '',
    ],
    ...rows,
  ]);
}
