/** @file Draws a chart as SVG that a page, or a file, holds itself. */

import { init } from 'echarts';
import type { EChartsOption } from 'echarts';

/** An SVG of so many pixels; nothing of it moves. */
export function renderChart(option: EChartsOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    ...option,
  });
  const svg = chart.renderToSVGString();
  // its timers would keep the process alive
  chart.dispose();
  return svg;
}
