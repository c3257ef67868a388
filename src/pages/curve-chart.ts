/** @file Curves of numbers over steps, as SVG. */

import { renderChart } from './render-chart';

/** A line over steps. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [step: number, value: number])[];
}

/** How large a chart is, in pixels, and how its curves are told apart. */
export interface CurveStyle {
  readonly width: number;
  readonly height: number;
  /** Of the i-th of n curves. */
  readonly colour: (i: number, n: number) => string;
  /** Names beside the curves; without it the page around them tells. */
  readonly hasLegend: boolean;
}

/** All curves on one pair of axes. @param title above it */
export function curveChart(
  title: string,
  curves: readonly Curve[],
  { width, height, colour, hasLegend }: CurveStyle,
): string {
  return renderChart(
    {
      title: { text: title, textStyle: { fontSize: 13 }, left: 'center' },
      ...(hasLegend
        ? { legend: { top: 34, itemGap: 28, data: curves.map(({ name }) => name) } }
        : {}),
      grid: { left: 70, right: 20, top: hasLegend ? 66 : 36, bottom: 30 },
      xAxis: { type: 'value', scale: true },
      yAxis: { type: 'value', scale: true },
      series: curves.map(({ name, points }, i) => ({
        type: 'line' as const,
        name,
        showSymbol: points.length < 2,
        itemStyle: { color: colour(i, curves.length) },
        lineStyle: { width: 1.2, color: colour(i, curves.length), opacity: 0.8 },
        data: points.map(([x, y]) => [x, y]),
      })),
    },
    width,
    height,
  );
}
