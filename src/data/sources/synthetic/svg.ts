/** @file What the drawn faces are made of: SVG shapes and colours. */

import type { Colour } from './person';

/** A colour; `lighter` in per cent. */
export const css = ({ h, s, l }: Colour, lighter = 0, opacity = 1): string =>
  `hsla(${h.toFixed(1)},${s.toFixed(1)}%,${Math.min(97, Math.max(2, l + lighter)).toFixed(1)}%,${opacity})`;

/** A number of pixels. */
export const n = (value: number): string => value.toFixed(1);

/** A filled shape. */
export const shape = (d: string, fill: string, extra = ''): string =>
  `<path d="${d}" fill="${fill}" ${extra}/>`;

/** A line with round ends. */
export const stroke = (d: string, colour: string, width: number, opacity = 1): string =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${n(width)}" stroke-linecap="round" opacity="${opacity.toFixed(2)}"/>`;

/** A filled ellipse by its middle and radii. */
export const ellipse = (
  x: number,
  y: number,
  rx: number,
  ry: number,
  fill: string,
  extra = '',
): string =>
  `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}" ${extra}/>`;
