/** @file The charts of a report: Vega-Lite drawn to SVG when the report is written; the page runs no script. */

import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import type { Estimate } from '../statistics/bootstrap';

/** Of charts, in pixels. */
const [WIDTH, HEIGHT] = [460, 280] as const;
const BINS = 40;
/** One colour a kind of row, everywhere; told apart by readers without red or green too. */
const COLOURS: Readonly<Record<string, string>> = {
  model: '#d55e00',
  copy: '#0072b2',
  'random real': '#009e73',
  'mean face': '#cc79a7',
  real: '#009e73',
  'same person': '#0072b2',
  'different people': '#999999',
  'input and output': '#d55e00',
};

const colourOf = (kinds: readonly string[]) => ({ domain: [...kinds], range: kinds.map((kind) => COLOURS[kind] ?? '#333333') });

/** Draws a Vega-Lite specification. */
async function toSvg(spec: TopLevelSpec): Promise<string> {
  const { spec: compiled } = compile({
    ...spec,
    background: 'transparent',
    config: { font: 'system-ui, sans-serif', axis: { labelFontSize: 11, titleFontSize: 12 }, view: { stroke: '#ccc' } },
  } as TopLevelSpec);
  return new View(parse(compiled), { renderer: 'none' }).toSVG();
}

/** A point with intervals in both directions. */
export interface TradeOff {
  readonly kind: string;
  readonly group: string;
  readonly verified: Estimate;
  readonly ageError: Estimate;
}

/** Identity against age: up and to the left is better. */
export function tradeOffChart(points: readonly TradeOff[]): Promise<string> {
  const values = points.map(({ kind, group, verified, ageError }) => ({
    kind,
    group,
    x: ageError.value,
    xLow: ageError.low,
    xHigh: ageError.high,
    y: 100 * verified.value,
    yLow: 100 * verified.low,
    yHigh: 100 * verified.high,
  }));
  const color = { field: 'kind', type: 'nominal' as const, title: null, scale: colourOf([...new Set(points.map(({ kind }) => kind))]) };
  const x = { field: 'x', type: 'quantitative' as const, title: 'error of the estimated age to the group’s real mean, years' };
  const y = { field: 'y', type: 'quantitative' as const, title: 'verified as the input’s person, %', scale: { domain: [0, 100] } };
  return toSvg({
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      { mark: { type: 'rule', opacity: 0.5 }, encoding: { x: { ...x, field: 'xLow' }, x2: { field: 'xHigh' }, y, color } },
      { mark: { type: 'rule', opacity: 0.5 }, encoding: { x, y: { ...y, field: 'yLow' }, y2: { field: 'yHigh' }, color } },
      { mark: { type: 'point', filled: true, size: 70 }, encoding: { x, y, color, shape: { field: 'group', type: 'nominal', title: 'target' } } },
    ],
  } as TopLevelSpec);
}

/** Shares of distances in bins, one outline a kind, with the threshold as a line. */
export function distanceChart(kinds: Readonly<Record<string, readonly number[]>>, threshold: number): Promise<string> {
  const finite = Object.entries(kinds).map(([kind, all]) => [kind, all.filter(Number.isFinite)] as const);
  const most = finite.reduce((top, [, all]) => all.reduce((a, b) => Math.max(a, b), top), threshold);
  const step = most / BINS;
  const values = finite.flatMap(([kind, all]) => {
    const counts = new Array<number>(BINS + 1).fill(0);
    for (const value of all) {
      const bin = Math.min(BINS, Math.floor(value / step));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts.map((count, i) => ({ kind, distance: i * step, share: (100 * count) / Math.max(1, all.length) }));
  });
  const encoding = {
    x: { field: 'distance', type: 'quantitative', title: 'distance of descriptors' },
    y: { field: 'share', type: 'quantitative', title: 'share, %' },
    color: { field: 'kind', type: 'nominal', title: null, scale: colourOf(Object.keys(kinds)) },
  };
  return toSvg({
    width: WIDTH,
    height: HEIGHT,
    layer: [
      { data: { values }, mark: { type: 'area', interpolate: 'step-after', opacity: 0.3, line: true }, encoding: { ...encoding, y: { ...encoding.y, stack: null } } },
      { data: { values: [{ threshold }] }, mark: { type: 'rule', strokeDash: [5, 3] }, encoding: { x: { field: 'threshold', type: 'quantitative' } } },
    ],
  } as TopLevelSpec);
}

/** An estimated age of a picture that should be of a group. */
export interface AgePoint {
  readonly kind: string;
  readonly group: string;
  readonly years: number;
}

/** Estimated ages by group: boxes from quartile to quartile, whiskers to the ends. */
export function ageChart(points: readonly AgePoint[], groups: readonly string[]): Promise<string> {
  return toSvg({
    width: WIDTH,
    height: HEIGHT,
    data: { values: [...points] },
    mark: { type: 'boxplot', extent: 'min-max', size: 14 },
    encoding: {
      x: { field: 'group', type: 'ordinal', title: 'target group', sort: [...groups] },
      xOffset: { field: 'kind' },
      y: { field: 'years', type: 'quantitative', title: 'estimated age, years' },
      color: { field: 'kind', type: 'nominal', title: null, scale: colourOf([...new Set(points.map(({ kind }) => kind))]) },
    },
  } as TopLevelSpec);
}

/** Receiver operating characteristic, false accepts on a logarithmic axis. */
export function rocChart(roc: readonly (readonly [number, number])[]): Promise<string> {
  const values = roc.filter(([far]) => far > 0).map(([far, verified]) => ({ far: 100 * far, verified: 100 * verified }));
  return toSvg({
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    mark: { type: 'line', interpolate: 'step-after', color: COLOURS['same person'] },
    encoding: {
      x: { field: 'far', type: 'quantitative', scale: { type: 'log' }, title: 'different people accepted, %' },
      y: { field: 'verified', type: 'quantitative', scale: { domain: [0, 100] }, title: 'same person accepted, %' },
    },
  } as TopLevelSpec);
}

/** A figure at a step of training. */
export interface CurvePoint {
  readonly figure: string;
  readonly step: number;
  readonly estimate: Estimate;
}

/** Figures over steps, each in a chart of its own, with its interval as a band. */
export function curveChart(points: readonly CurvePoint[]): Promise<string> {
  const values = points.map(({ figure, step, estimate: { value, low, high } }) => ({ figure, step, value, low, high }));
  const x = { field: 'step', type: 'quantitative', title: 'step' };
  return toSvg({
    data: { values },
    facet: { field: 'figure', type: 'nominal', title: null, sort: null },
    columns: 3,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 270,
      height: 180,
      layer: [
        { mark: { type: 'area', opacity: 0.2, color: COLOURS.model }, encoding: { x, y: { field: 'low', type: 'quantitative', title: null, scale: { zero: false } }, y2: { field: 'high' } } },
        { mark: { type: 'line', point: true, color: COLOURS.model }, encoding: { x, y: { field: 'value', type: 'quantitative', scale: { zero: false } } } },
      ],
    },
  } as unknown as TopLevelSpec);
}
