/** @file Bars of counts, as SVG. */

import type { SeriesOption } from 'echarts';
import { raw } from './html';
import type { Html } from './html';
import { renderChart } from './render-chart';

/** A bar: its name below, and a count for each part, from the bottom up. */
export interface Bar {
  readonly label: string;
  readonly parts: readonly number[];
}

/** How large a chart is, and what its bars are of. */
export interface BarChartStyle {
  /** In pixels. */
  readonly width: number;
  /** Above the bars. */
  readonly title?: string;
  /** Of the axis, with its unit. */
  readonly axis?: string;
  /** Of the parts of a bar, in their order; a legend names them where there are several. */
  readonly parts: readonly string[];
}

/** In pixels. */
const PLOT_HEIGHT = 150;
const TITLE_HEIGHT = 26;
const LEGEND_HEIGHT = 24;
const AXIS_NAME_HEIGHT = 20;
const LABELS_HEIGHT = 28;
/** Above the highest bar, for its count. */
const HEADROOM = 18;
/** Counts stand above the bars while there are so few. */
const MOST_COUNTS = 12;
/** Told apart by readers without red or green, too. */
const COLOURS = ['#0072b2', '#d55e00', '#999999', '#cc79a7'] as const;

const totalOf = ({ parts }: Bar): number => parts.reduce((sum, part) => sum + part, 0);

/** A part of every bar; the uppermost carries the whole bar's count. */
function seriesOf(bars: readonly Bar[], name: string, i: number, isTop: boolean): SeriesOption {
  return {
    type: 'bar',
    name,
    stack: 'all',
    silent: true,
    barCategoryGap: bars.length > MOST_COUNTS ? '8%' : '25%',
    itemStyle: { color: COLOURS[i % COLOURS.length] ?? '' },
    label: {
      show: isTop && bars.length <= MOST_COUNTS,
      position: 'top',
      fontSize: 11,
      formatter: ({ dataIndex }) => {
        const bar = bars[dataIndex];
        return bar && totalOf(bar) > 0 ? String(totalOf(bar)) : '';
      },
    },
    data: bars.map(({ parts }) => parts[i] ?? 0),
  };
}

/** Bars side by side, each with its parts one on the other. */
export function barChart(bars: readonly Bar[], { width, title, axis, parts }: BarChartStyle): Html {
  const titleHeight = title === undefined ? 0 : TITLE_HEIGHT;
  const legendHeight = parts.length > 1 ? LEGEND_HEIGHT : 0;
  const top = titleHeight + legendHeight + HEADROOM;
  const bottom = LABELS_HEIGHT + (axis === undefined ? 0 : AXIS_NAME_HEIGHT);
  const svg = renderChart(
    {
      ...(title === undefined
        ? {}
        : { title: { text: title, textStyle: { fontSize: 13 }, left: 'center', top: 0 } }),
      legend: { show: parts.length > 1, top: titleHeight, itemGap: 28, data: [...parts] },
      grid: { left: 60, right: 20, top, bottom },
      xAxis: {
        type: 'category',
        data: bars.map(({ label }) => label),
        axisTick: { alignWithLabel: true },
        axisLabel: { fontSize: 11, hideOverlap: true },
        ...(axis === undefined ? {} : { name: axis, nameLocation: 'middle', nameGap: 28 }),
      },
      yAxis: { type: 'value', minInterval: 1, splitNumber: 3, axisLabel: { fontSize: 11 } },
      series: parts.map((name, i) => seriesOf(bars, name, i, i === parts.length - 1)),
    },
    width,
    top + PLOT_HEIGHT + bottom,
  );
  return raw(svg);
}
