/** @file Charts of a sweep as SVG that a page holds itself: parallel coordinates, one parameter against the metric, curves. */

import type { SettingValue } from '../config/sweep-file';
import { curveChart } from '../pages/curve-chart';
import type { Curve } from '../pages/curve-chart';
import { raw } from '../pages/html';
import type { Html } from '../pages/html';
import { renderChart } from '../pages/render-chart';
import type { SummaryRun } from './summary';

/** A run that has a metric. */
type MeasuredRun = SummaryRun & { readonly metric: number };

/** In pixels. */
const WIDTH = 1100;
const HEIGHT = 380;
const SMALL_WIDTH = 360;
const SMALL_HEIGHT = 260;

/** An axis ends at a run's value: few enough digits that its number fits. */
const shortLabel = (value: number | string): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(4))) : value;
/** From the better to the worse end of the metric; told apart without red or green, too. */
const COLOURS = ['#2166ac', '#67a9cf', '#ef8a62', '#b2182b'];
/** Values of a parameter that span more than so much are shown on a logarithmic axis. */
const LOGARITHMIC_FROM = 30;

const isMeasured = (run: SummaryRun): run is MeasuredRun => run.metric !== null;
const asText = (value: SettingValue | undefined): string =>
  Array.isArray(value) ? value.join(',') : String(value);

/** The axis that fits a parameter's values: names, or numbers, in a logarithmic scale when they span much. */
function axisOf(
  values: readonly (SettingValue | undefined)[],
): { type: 'category'; data: string[] } | { type: 'log' | 'value'; min: number; max: number } {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length)
    return { type: 'category', data: [...new Set(values.map(asText))] };
  const [min, max] = numbers.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  return {
    type: min > 0 && max / min >= LOGARITHMIC_FROM ? 'log' : 'value',
    min,
    max: max === min ? min + 1 : max,
  };
}

const cellOf = (value: SettingValue | undefined): number | string =>
  typeof value === 'number' ? value : asText(value);

/** Ranks by the metric, so that colour tells good from bad also where values lie far apart. */
function colourScale(
  runs: readonly MeasuredRun[],
  goal: 'minimize' | 'maximize',
  dimension: number,
) {
  const values = runs.map(({ metric }) => metric);
  const colours = goal === 'minimize' ? COLOURS : [...COLOURS].reverse();
  return {
    type: 'continuous' as const,
    show: false,
    dimension,
    min: Math.min(...values),
    max: Math.max(...values),
    inRange: { color: colours },
  };
}

/** Every run as a line through its parameters to its metric; nothing where fewer than two runs have one. */
export function parallelChart(
  all: readonly SummaryRun[],
  settings: readonly string[],
  metric: { name: string; goal: 'minimize' | 'maximize' },
): Html | null {
  const runs = all.filter(isMeasured);
  if (runs.length < 2) return null;
  const axes = [
    ...settings.map((name) => ({
      name,
      ...axisOf(runs.map(({ parameters }) => parameters[name])),
    })),
    { name: metric.name, ...axisOf(runs.map((run) => run.metric)) },
  ];
  const data = runs.map((run) => [
    ...settings.map((name) => cellOf(run.parameters[name])),
    run.metric,
  ]);
  const svg = renderChart(
    {
      parallel: { left: 70, right: 110, top: 40, bottom: 30 },
      parallelAxis: axes.map((axis, dim) => ({
        dim,
        scale: true,
        axisLabel: { formatter: shortLabel },
        ...axis,
      })),
      visualMap: colourScale(runs, metric.goal, settings.length),
      series: [{ type: 'parallel', lineStyle: { width: 1.5, opacity: 0.7 }, data }],
    },
    WIDTH,
    HEIGHT,
  );
  return raw(svg);
}

/** Values of one parameter against the metric; nothing where fewer than two runs have one. */
export function parameterChart(
  all: readonly SummaryRun[],
  setting: string,
  metric: { name: string; goal: 'minimize' | 'maximize' },
): Html | null {
  const runs = all.filter(isMeasured);
  if (runs.length < 2) return null;
  const { type, ...rest } = axisOf(runs.map(({ parameters }) => parameters[setting]));
  const at = (run: MeasuredRun): number | string => cellOf(run.parameters[setting]);
  const intervals = runs.flatMap((run) =>
    run.interval === null ? [] : [run.interval.map((end) => [at(run), end])],
  );
  const xAxis = type === 'category' ? { type, ...rest } : { type, scale: true, splitNumber: 3 };
  const svg = renderChart(
    {
      title: { text: setting, textStyle: { fontSize: 13 }, left: 'center' },
      grid: { left: 70, right: 20, top: 36, bottom: 30 },
      xAxis,
      yAxis: { type: 'value', scale: true },
      visualMap: { ...colourScale(runs, metric.goal, 1), seriesIndex: 0 },
      series: [
        { type: 'scatter', symbolSize: 8, z: 3, data: runs.map((run) => [at(run), run.metric]) },
        ...intervals.map((data) => ({
          type: 'line' as const,
          symbol: 'none',
          lineStyle: { color: '#9998', width: 1.5 },
          data,
        })),
      ],
    },
    SMALL_WIDTH,
    SMALL_HEIGHT,
  );
  return raw(svg);
}

/** One number of every run over the steps, in the order and colours of the table: the best run blue. */
export function runCurves(title: string, curves: readonly Curve[]): Html {
  const colour = (i: number, n: number): string =>
    COLOURS[Math.min(COLOURS.length - 1, Math.floor((i * COLOURS.length) / n))] ?? '';
  const svg = curveChart(title, curves, {
    width: SMALL_WIDTH,
    height: SMALL_HEIGHT,
    colour,
    hasLegend: false,
  });
  return raw(svg);
}
