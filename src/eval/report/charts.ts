/** @file The charts of an evaluation as SVG that the page holds itself. */

import type { CustomSeriesRenderItem, EChartsOption, SeriesOption } from 'echarts';
import { raw } from '../../pages/html';
import type { Html } from '../../pages/html';
import { renderChart } from '../../pages/render-chart';
import { quantile } from '../../statistics/bootstrap';
import type { Estimate } from '../../statistics/bootstrap';

/** Of charts, in pixels. */
const WIDTH = 560;
const HEIGHT = 360;
const GRID = { left: 60, right: 20, top: 52, bottom: 50 };
const BINS = 40;
const ROC_LEAST = 1e-4;
const OTHER = '#333333';
/** One colour a kind, everywhere; told apart by readers without red or green too. */
const COLOURS: Readonly<Record<string, string>> = {
  model: '#d55e00',
  copy: '#0072b2',
  'random real': '#009e73',
  'mean face': '#cc79a7',
  real: '#009e73',
  'same person': '#0072b2',
  'different people': '#888888',
  'input and output': '#d55e00',
};
const STAR =
  'path://M0,-10L2.9,-4L9.5,-3.1L4.8,1.5L5.9,8.1L0,5L-5.9,8.1L-4.8,1.5L-9.5,-3.1L-2.9,-4Z';
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', STAR, 'roundRect'] as const;

/** Of a kind of row or of pair. */
export const colourOf = (kind: string): string => COLOURS[kind] ?? OTHER;

/** A chart of the page's width. @param height in pixels */
export const draw = (option: EChartsOption, height: number = HEIGHT): Html =>
  raw(renderChart({ grid: GRID, legend: { top: 4, itemGap: 28 }, ...option }, WIDTH, height));

/** Where values hardly differ, an axis would show all their digits. */
export const axisLabel = {
  formatter: (value: number): string => String(Number(value.toPrecision(3))),
};
/** @param name with its unit */
export const valueAxis = (name: string) => ({
  type: 'value' as const,
  name,
  nameLocation: 'middle' as const,
  nameGap: 32,
  scale: true,
  axisLabel,
});

/** A point with intervals in both directions. */
export interface TradeOff {
  readonly kind: string;
  /** Name of the target group. */
  readonly group: string;
  /** 0 to 1. */
  readonly verified: Estimate;
  readonly ageError: Estimate;
}

/** Draws the cross of a point's two intervals: [x, y, x low, x high, y low, y high]. */
const cross: CustomSeriesRenderItem = (_, api) => {
  const [x, y, xLow, xHigh, yLow, yHigh] = [0, 1, 2, 3, 4, 5].map((dimension) =>
    Number(api.value(dimension)),
  );
  const line = (from: number[], to: number[]) => {
    const [x1 = 0, y1 = 0] = api.coord(from);
    const [x2 = 0, y2 = 0] = api.coord(to);
    return {
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: api.visual('color') as string, opacity: 0.6 },
    };
  };
  return {
    type: 'group',
    children: [
      line([xLow ?? 0, y ?? 0], [xHigh ?? 0, y ?? 0]),
      line([x ?? 0, yLow ?? 0], [x ?? 0, yHigh ?? 0]),
    ],
  };
};

/** Identity against age, a shape a group: up and to the left is better. */
export function tradeOffChart(points: readonly TradeOff[], groups: readonly string[]): Html {
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const series = kinds.flatMap((kind): SeriesOption[] => {
    const own = points.filter((point) => point.kind === kind);
    return [
      {
        type: 'custom',
        name: kind,
        itemStyle: { color: colourOf(kind) },
        renderItem: cross,
        data: own.map(({ verified: v, ageError: e }) => [
          e.value,
          100 * v.value,
          e.low,
          e.high,
          100 * v.low,
          100 * v.high,
        ]),
      },
      {
        type: 'scatter',
        name: kind,
        itemStyle: { color: colourOf(kind) },
        symbolSize: 11,
        data: own.map(({ group, verified, ageError }) => ({
          value: [ageError.value, 100 * verified.value],
          symbol: SYMBOLS[groups.indexOf(group) % SYMBOLS.length] ?? 'circle',
        })),
      },
    ];
  });
  return draw({
    xAxis: {
      ...valueAxis("error of the estimated age to the group's real mean, years"),
      min: 0,
      scale: false,
    },
    yAxis: { ...valueAxis("verified as the input's person, %"), min: 0, max: 100 },
    series,
  });
}

/** Shares of distances in bins, an outline a kind; the threshold is the dashed line. */
export function distanceChart(
  kinds: Readonly<Record<string, readonly number[]>>,
  threshold: number,
): Html {
  const finite = Object.entries(kinds).map(([kind, all]) => ({
    kind,
    all,
    seen: all.filter(Number.isFinite),
  }));
  const most = finite.reduce(
    (top, { seen }) => seen.reduce((a, b) => Math.max(a, b), top),
    threshold,
  );
  const step = most / BINS;
  const series = finite.map(({ kind, all, seen }, i): SeriesOption => {
    const counts = new Array<number>(BINS + 1).fill(0);
    for (const value of seen) {
      const bin = Math.min(BINS, Math.floor(value / step));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return {
      type: 'line',
      name: kind,
      step: 'end',
      symbol: 'none',
      color: colourOf(kind),
      areaStyle: { opacity: 0.15 },
      data: counts.map((count, bin) => [bin * step, (100 * count) / Math.max(1, all.length)]),
      ...(i === 0
        ? {
            markLine: {
              symbol: 'none',
              label: { formatter: 'threshold' },
              lineStyle: { color: OTHER },
              data: [{ xAxis: threshold }],
            },
          }
        : {}),
    };
  });
  return draw({
    xAxis: { ...valueAxis('distance of descriptors'), min: 0 },
    yAxis: valueAxis('share, %'),
    series,
  });
}

/** An estimated age of a picture that should be of a group. */
export interface AgePoint {
  readonly kind: string;
  readonly group: string;
  readonly years: number;
}

/** Estimated ages by group: quartiles, whiskers to the ends. */
export function ageChart(points: readonly AgePoint[], groups: readonly string[]): Html {
  const five = (kind: string, group: string): number[] => {
    const years = points
      .filter((point) => point.kind === kind && point.group === group)
      .map((point) => point.years);
    const sorted = years.sort((a, b) => a - b);
    return [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(sorted, share));
  };
  const series = [...new Set(points.map(({ kind }) => kind))].map((kind): SeriesOption => ({
    type: 'boxplot',
    name: kind,
    itemStyle: { color: `${colourOf(kind)}33`, borderColor: colourOf(kind) },
    data: groups.map((group) => five(kind, group)),
  }));
  return draw({
    xAxis: {
      type: 'category',
      data: [...groups],
      name: 'target group',
      nameLocation: 'middle',
      nameGap: 32,
    },
    yAxis: valueAxis('estimated age, years'),
    series,
  });
}

/** Receiver operating characteristic of some judges, false accepts on a logarithmic axis. */
export function rocChart(
  curves: Readonly<Record<string, readonly (readonly [far: number, verified: number])[]>>,
): Html {
  const series = Object.entries(curves).map(([judge, roc]): SeriesOption => ({
    type: 'line',
    name: judge,
    step: 'end',
    symbol: 'none',
    data: roc
      .filter(([far]) => far >= ROC_LEAST)
      .map(([far, verified]) => [100 * far, 100 * verified]),
  }));
  return draw({
    xAxis: { ...valueAxis('different people accepted, %'), type: 'log' },
    yAxis: { ...valueAxis('same person accepted, %'), min: 0, max: 100 },
    series,
  });
}
