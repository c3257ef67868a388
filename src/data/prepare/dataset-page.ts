/** @file `report.html`: one page, holding everything it shows, by which a person sees whether a data set is sound. */

import path from 'node:path';
import { replaceFile } from '../../files/durable-write';
import { groupNamesOf } from '../dataset';
import { SPLITS } from '../lists';
import { decodeImage } from '../../images/image';
import type { ManifestEntry } from '../manifest';
import { histogram } from '../../statistics/histogram';
import { createRandom } from '../../statistics/random';
import type { Rejection } from '../sources/source';
import { barChart } from '../../pages/bar-chart';
import type { Bar } from '../../pages/bar-chart';
import { html, lines, page, table, tableRow } from '../../pages/html';
import type { Html } from '../../pages/html';
import { inlinePicture } from '../../pages/inline-picture';
import type { DatasetDescription } from '../dataset';
import { CROP_SIZE, facePartsOf, TEMPLATE, templateError } from '../../faces/template';

/** Its name in a data set's directory. */
export const REPORT_FILE = 'report.html';

/** What is reported on. */
export interface DatasetPageInput {
  readonly description: DatasetDescription;
  readonly entries: readonly ManifestEntry[];
  readonly rejected: readonly Rejection[];
  /** Absolute. */
  readonly rootFolder: string;
}

const FACES_A_GROUP = 14;
const ALIGNMENTS = 20;
const WORST = 10;
const REJECTS_SHOWN = 5;
/** In pixels. */
const FACE_SIDE = 96;
const ALIGNMENT_SIDE = 190;
const CHART_WIDTH = 440;
const YEARS_A_BAR = 2;
const BINS = 24;

const STYLE = `
:root{color-scheme:light dark;--line:#8885}
body{font:15px/1.45 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em;margin-bottom:.1em}
h2{font-size:1.15em;margin:1.8em 0 .5em;border-bottom:1px solid var(--line)}
h3{font-size:1em;margin:.9em 0 .3em}
table{border-collapse:collapse}
td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}
td:first-child,th:first-child{text-align:left}
.left td:last-child,.left th:last-child{text-align:left;overflow-wrap:anywhere}
.charts,.faces{display:flex;flex-wrap:wrap;gap:6px}
.charts{gap:28px}
figure{margin:0}
.chart svg{background:#fff;max-width:100%;height:auto}
figcaption{font-size:11px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.face{position:relative;display:block}
.face svg{position:absolute;left:0;top:0}
.face img{display:block}
.mark{fill:none;stroke:#ff3df0;stroke-width:1.5}
.point{fill:#25e05a}`;

/** A circle of the overlay. @param at place in the crop, in its pixels */
function circle(className: 'point' | 'mark', at: { x: number; y: number }, radius: number): Html {
  const scale = ALIGNMENT_SIDE / CROP_SIZE;
  const x = (at.x * scale).toFixed(1);
  const y = (at.y * scale).toFixed(1);
  return html`<circle class="${className}" cx="${x}" cy="${y}" r="${radius}" />`;
}

/** A face with its landmarks in green, and where the template has eyes, nose and mouth as rings. */
function overlay({ landmarks }: ManifestEntry): Html | null {
  if (landmarks === null) return null;
  return html`<svg width="${ALIGNMENT_SIDE}" height="${ALIGNMENT_SIDE}">
    ${landmarks.map(([x, y]) => circle('point', { x, y }, 1.2))}
    ${Object.values(TEMPLATE).map((at) => circle('mark', at, 5))}
  </svg>`;
}

/** How faces are shown. */
interface FaceStyle {
  /** In pixels. */
  readonly side: number;
  /** Below the face. */
  readonly caption: (entry: ManifestEntry) => string;
  /** Over the face. */
  readonly drawing?: (entry: ManifestEntry) => Html | null;
}

/** Pictures side by side, with a line below each. */
async function faces(
  entries: readonly ManifestEntry[],
  rootFolder: string,
  { side, caption, drawing }: FaceStyle,
): Promise<Html> {
  const figures = entries.map(async (entry) => {
    const image = await decodeImage(path.join(rootFolder, entry.path));
    return html`<figure style="width:${side}px" title="${entry.path}">
      <span class="face">${await inlinePicture(image, side)}${drawing?.(entry)}</span>
      <figcaption>${caption(entry)}</figcaption>
    </figure>`;
  });
  return html`<div class="faces">${await Promise.all(figures)}</div>`;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Faces of a group in each part, of all, and the shares of the parts that are held out. */
function countsRow(name: string, parts: readonly number[]): Html {
  const all = sumOf(parts);
  const shares = parts
    .slice(1)
    .map((count) => (all === 0 ? '–' : `${((100 * count) / all).toFixed(1)} %`));
  return tableRow([name, ...parts, all, ...shares]);
}

function groupTable({ counts, ...rest }: DatasetDescription): Html {
  const groups = groupNamesOf(rest).map((name, i) =>
    countsRow(
      `${i}: ${name}`,
      SPLITS.map((part) => counts[part][i] ?? 0),
    ),
  );
  const all = countsRow(
    'all',
    SPLITS.map((part) => sumOf(counts[part])),
  );
  const head = ['age group', ...SPLITS, 'all', ...SPLITS.slice(1)];
  return table({ head, rows: [...groups, all] });
}

function rejectTable(rejected: readonly Rejection[]): Html {
  if (rejected.length === 0) return html`<p>None.</p>`;
  const reasons = new Map<string, Rejection[]>();
  for (const one of rejected) reasons.set(one.reason, [...(reasons.get(one.reason) ?? []), one]);
  const rows = [...reasons]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([reason, some]) => {
      const first = some.slice(0, REJECTS_SHOWN).map(({ name, detail }) => `${name}: ${detail}`);
      return tableRow([reason, some.length, lines(first)]);
    });
  return html`${table({ className: 'left', head: ['reason', 'pictures', 'the first of them'], rows })}
    <p>All of them: rejected.csv</p>`;
}

const chart = (svg: Html): Html => html`<figure class="chart">${svg}</figure>`;

/** Bars of so many years from the youngest to the oldest. */
function ageBars(entries: readonly ManifestEntry[]): Bar[] {
  const ages = entries.map(({ age }) => age);
  const youngest = ages.reduce((a, b) => Math.min(a, b), Infinity);
  const oldest = ages.reduce((a, b) => Math.max(a, b), -Infinity);
  const bars = entries.length === 0 ? 0 : Math.floor((oldest - youngest) / YEARS_A_BAR) + 1;
  return Array.from({ length: bars }, (_, i) => {
    const from = youngest + i * YEARS_A_BAR;
    const here = entries.filter(({ age }) => age >= from && age < from + YEARS_A_BAR);
    const parts = SPLITS.map((part) => here.filter(({ split }) => split === part).length);
    return { label: String(from), parts };
  });
}

const ageChart = (entries: readonly ManifestEntry[]): Html =>
  chart(
    barChart(ageBars(entries), {
      width: 2 * CHART_WIDTH,
      axis: `age in years, ${YEARS_A_BAR} a bar`,
      parts: SPLITS,
    }),
  );

/** What is measured of a face: its title on the page, and the digits of its axis. */
const QUALITIES = [
  ['score', "detector's score", 2],
  ['size', 'width of the face in the photograph, pixels', 0],
  ['sharpness', 'sharpness', 2],
  ['yaw', 'turn of the head, degrees', 0],
] as const;

function qualityCharts(entries: readonly ManifestEntry[]): Html {
  const charts = QUALITIES.flatMap(([key, title, digits]) => {
    const values = entries.flatMap(({ quality }) => (quality[key] === null ? [] : [quality[key]]));
    if (values.length === 0) return [];
    const bars = histogram(values, BINS).map(({ from, count }) => ({
      label: from.toFixed(digits),
      parts: [count],
    }));
    return [chart(barChart(bars, { width: CHART_WIDTH, title, parts: ['faces'] }))];
  });
  return html`<div class="charts">${charts}</div>`;
}

const fitOf = ({ landmarks }: ManifestEntry): number =>
  landmarks === null ? 0 : templateError(facePartsOf(landmarks.map(([x, y]) => ({ x, y }))));

async function alignmentSection(
  entries: readonly ManifestEntry[],
  rootFolder: string,
  shuffled: readonly ManifestEntry[],
): Promise<Html> {
  if (!entries.some(({ landmarks }) => landmarks !== null))
    return html`<p>The pictures came aligned: nobody looked for landmarks.</p>`;
  const worst = [...entries].sort((a, b) => fitOf(b) - fitOf(a)).slice(0, WORST);
  const style: FaceStyle = {
    side: ALIGNMENT_SIDE,
    caption: (entry) => `${(100 * fitOf(entry)).toFixed(1)} %, ${entry.path}`,
    drawing: overlay,
  };
  return html`<p>
      Green: landmarks found in the crop. Rings: where eyes, nose and mouth should be. Below:
      distance of eyes and mouth from there, in shares of the width.
    </p>
    <h3>${ALIGNMENTS} at random</h3>
    ${await faces(shuffled.slice(0, ALIGNMENTS), rootFolder, style)}
    <h3>The ${WORST} that fit worst</h3>
    ${await faces(worst, rootFolder, style)}`;
}

async function groupSection(
  { description, entries, rootFolder }: DatasetPageInput,
  shuffled: readonly ManifestEntry[],
): Promise<Html[]> {
  const caption = ({ age, identity }: ManifestEntry): string =>
    identity ? `${age}, ${identity.replaceAll('_', ' ')}` : String(age);
  const sheets = groupNamesOf(description).map(async (name, group) => {
    const some = shuffled.filter((entry) => entry.group === group).slice(0, FACES_A_GROUP);
    return html`<h3>${name} (${entries.filter((entry) => entry.group === group).length})</h3>
      ${await faces(some, rootFolder, { side: FACE_SIDE, caption })}`;
  });
  return Promise.all(sheets);
}

/** Where the pictures come from and how many there are. */
function introduction({ counts, people, seed, split }: DatasetDescription): Html {
  const who =
    people.train + people.test > 0
      ? html`${people.train} people in train, ${people.valid} in valid, ${people.test} in test,
          <b>${people.several} in more than one part</b>`
      : 'nobody is named';
  return html`<p>
    ${counts.scanned} scanned = ${counts.kept} kept + ${counts.rejected} rejected; ${counts.faces}
    faces; split by ${split}, seed ${seed}; ${who}.
  </p>`;
}

/** Writes the page in one move. */
export async function writeDatasetPage(file: string, input: DatasetPageInput): Promise<void> {
  const { description, entries, rejected, rootFolder } = input;
  const title = `Data set: ${description.source.kind}`;
  const shuffled = createRandom(description.seed).shuffled(entries);
  const body = html`<h1>${title}</h1>
    ${introduction(description)}
    <h2>Groups</h2>
    ${groupTable(description)}
    <h2>Ages</h2>
    ${ageChart(entries)}
    <h2>Rejected</h2>
    ${rejectTable(rejected)}
    <h2>Quality</h2>
    ${qualityCharts(entries)}
    <h2>Alignment</h2>
    ${await alignmentSection(entries, rootFolder, shuffled)}
    <h2>Faces by group</h2>
    ${await groupSection(input, shuffled)}`;
  await replaceFile(file, page({ title, style: STYLE, body }));
}
