/** @file A figure over the checkpoints of a run, with its interval and the baselines. */

import type { SeriesOption } from 'echarts';
import type { Html } from '../../pages/html';
import type { Estimate } from '../../statistics/bootstrap';
import { axisLabel, colourOf, draw, valueAxis } from './charts';

/** In pixels. */
const HEIGHT = 252;

/** A figure over steps. */
export interface CurvePoint {
  readonly step: number;
  readonly figure: Estimate;
}

/**
 * One figure over steps, its 95 % interval as a band.
 * @param levels what does not change over steps, as dashed lines
 * @param factor what values are multiplied by to be shown
 */
export function stepCurve(
  name: string,
  points: readonly CurvePoint[],
  levels: readonly { readonly kind: string; readonly value: number }[],
  factor: number,
): Html {
  const of = (value: (figure: Estimate) => number): [number, number][] =>
    points.map(({ step, figure }) => [step, factor * value(figure)]);
  const band = {
    type: 'line' as const,
    symbol: 'none',
    stack: 'band',
    lineStyle: { opacity: 0 },
    color: colourOf('model'),
  };
  const dashed = levels.map(({ kind, value }): SeriesOption => ({
    type: 'line',
    symbol: 'none',
    color: colourOf(kind),
    lineStyle: { type: 'dashed', width: 1.2 },
    data: of(() => value),
  }));
  return draw(
    {
      legend: { show: false },
      title: { text: name, textStyle: { fontSize: 13, fontWeight: 'normal' } },
      xAxis: { ...valueAxis('step'), axisLabel: {}, minInterval: 1 },
      yAxis: { type: 'value', scale: true, axisLabel },
      series: [
        { ...band, stackStrategy: 'all', data: of(({ low }) => low) },
        {
          ...band,
          stackStrategy: 'all',
          areaStyle: { opacity: 0.2 },
          data: of(({ low, high }) => high - low),
        },
        ...dashed,
        { type: 'line', color: colourOf('model'), data: of(({ value }) => value) },
      ],
    },
    HEIGHT,
  );
}
