/** @file Small drawings for a report: bar charts as SVG, pictures inside the page. */

import { encodeJpeg, shrinkImage } from '../images/image';
import type { RgbImage } from '../images/image';

/** Text that is safe inside HTML. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** A bar: its name below, and parts from the bottom up. */
export interface Bar {
  readonly label: string;
  readonly parts: readonly number[];
}

const [HEIGHT, TOP, BOTTOM] = [150, 16, 22] as const;
/** Labels stand at every bar while there are so few. */
const MOST_LABELS = 12;

/** A bar chart; parts of a bar are stacked in the page's colours c0, c1, c2. */
export function barChart(bars: readonly Bar[], width: number): string {
  const most = Math.max(1, ...bars.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0)));
  const step = width / Math.max(1, bars.length);
  const labelEvery = Math.ceil(bars.length / MOST_LABELS);
  const shapes = bars.map(({ label, parts }, i) => {
    const total = parts.reduce((sum, part) => sum + part, 0);
    let top = HEIGHT + TOP;
    const stack = parts.map((part, k) => {
      const height = (part / most) * HEIGHT;
      top -= height;
      return `<rect class="c${k}" x="${(i * step + 1).toFixed(1)}" y="${top.toFixed(1)}" width="${Math.max(1, step - 2).toFixed(1)}" height="${height.toFixed(1)}"/>`;
    });
    const middle = ((i + 0.5) * step).toFixed(1);
    const name =
      i % labelEvery === 0
        ? `<text x="${middle}" y="${HEIGHT + TOP + 15}">${escapeHtml(label)}</text>`
        : '';
    const count =
      bars.length <= MOST_LABELS && total > 0
        ? `<text x="${middle}" y="${(top - 4).toFixed(1)}">${total}</text>`
        : '';
    return `<g><title>${escapeHtml(label)}: ${parts.join(' + ')}</title>${stack.join('')}${name}${count}</g>`;
  });
  return `<svg class="chart" width="${width}" height="${HEIGHT + TOP + BOTTOM}" role="img">${shapes.join('')}</svg>`;
}

/** Counts of values in `bins` equal steps from the least to the greatest, values at the far ends taken together. */
export function histogram(values: readonly number[], bins: number, digits: number): Bar[] {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * 0.005)] ?? 0;
  const high = sorted[Math.ceil(sorted.length * 0.995) - 1] ?? 1;
  const step = (high - low) / bins || 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / step)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, i) => ({ label: (low + i * step).toFixed(digits), parts: [count] }));
}

/** A picture as an address that the page itself holds. */
export async function inlinePicture(image: RgbImage, side: number): Promise<string> {
  const jpeg = await encodeJpeg(await shrinkImage(image, { width: side, height: side }));
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
