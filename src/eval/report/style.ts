/** @file How pages of evaluations look, and how they write figures. */

import { html } from '../../pages/html';
import type { Html } from '../../pages/html';
import type { Estimate } from '../../statistics/bootstrap';

/** The style sheet. */
export const STYLE = `
:root{color-scheme:light dark;--line:#8885}
body{font:15px/1.45 system-ui,sans-serif;max-width:1280px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em;margin-bottom:.1em}
h2{font-size:1.15em;margin:2em 0 .5em;border-bottom:1px solid var(--line)}
h3{font-size:1em;margin:1em 0 .3em}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}
td:first-child,th:first-child,.left td,.left th{text-align:left}
small{opacity:.7;white-space:nowrap}
.notes{white-space:normal}
.model td{font-weight:600}
.model small{font-weight:400}
.charts{display:flex;flex-wrap:wrap;gap:28px}
figure{margin:0}
figure svg{background:#fff;max-width:100%;height:auto}
figcaption{font-size:13px;max-width:560px}
.faces img{display:block}
.faces td,.faces th{padding:1px;border:0;font-size:11px;text-align:center}
.faces td:first-child{padding-right:.6em}
code{overflow-wrap:anywhere}
.wide{overflow-x:auto}
.scores th,.scores td{padding:.25em .4em;font-size:12.5px}
.scores thead th{text-align:center;vertical-align:bottom;font-weight:600}
.scores .judges th{font-weight:400;opacity:.7}
.scores td small{display:block;font-size:10.5px}
.named td:nth-child(-n+2){text-align:left;white-space:nowrap}
.break th{max-width:24em;overflow-wrap:anywhere}
.left-last td:last-child,.left-last th:last-child{text-align:left}
.left-last td:nth-child(2),.left-last th:nth-child(2){text-align:left}
.verdict{padding:.7em 1em;border-left:4px solid #d55e00;background:#d55e0018}`;

/** A figure with its interval below. */
export function shown(
  estimate: Estimate | null | undefined,
  digits: number,
  factor = 1,
  unit = '',
): Html {
  if (!estimate || Number.isNaN(estimate.value)) return html`–`;
  const text = (value: number): string =>
    Number.isFinite(value) ? (factor * value).toFixed(digits) : '∞';
  const interval = `[${text(estimate.low)}, ${text(estimate.high)}]`;
  return html`${text(estimate.value)}${unit} <small>${interval}</small>`;
}
