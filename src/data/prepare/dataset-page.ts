/** @file `report.html`: one page, holding everything it shows, by which a person sees whether a data set is sound. */

import path from 'node:path';
import { replaceFile } from '../../files/durable-write';
import { ageGroupNames } from '../age-groups';
import { decodeImage } from '../../images/image';
import type { ManifestEntry } from '../manifest';
import { createRandom } from '../../statistics/random';
import type { Rejection } from '../sources/source';
import { barChart, escapeHtml, histogram, inlinePicture } from '../../pages/charts';
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
const [FACE_SIDE, ALIGNMENT_SIDE] = [96, 190] as const;
const CHART_WIDTH = 440;
const YEARS_A_BAR = 2;

const STYLE = `
:root{color-scheme:light dark;--a:#2f6db3;--b:#e0872f;--line:#8885}
body{font:15px/1.45 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em;margin-bottom:.1em}h2{font-size:1.15em;margin:1.8em 0 .5em;border-bottom:1px solid var(--line)}h3{font-size:1em;margin:.9em 0 .3em}
table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid var(--line)}td:first-child,th:first-child{text-align:left}
.charts,.faces{display:flex;flex-wrap:wrap;gap:6px}.charts{gap:28px}figure{margin:0}figcaption{font-size:11px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.chart{overflow:visible}.left td:last-child,.left th:last-child{text-align:left}
.chart text{font-size:11px;text-anchor:middle;fill:currentColor}.c0{fill:var(--a)}.c1{fill:var(--b)}.key{font-size:13px}.key i{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .9em}
.face{position:relative;display:block}.face svg{position:absolute;left:0;top:0}.face img{display:block}.mark{fill:none;stroke:#ff3df0;stroke-width:1.5}.point{fill:#25e05a}`;

/** A face with its landmarks in green, and where the template has eyes, nose and mouth as rings. */
function overlay(entry: ManifestEntry): string {
  if (entry.landmarks === null) return '';
  const scale = ALIGNMENT_SIDE / CROP_SIZE;
  const at = (x: number, y: number): string =>
    `cx="${(x * scale).toFixed(1)}" cy="${(y * scale).toFixed(1)}"`;
  const points = entry.landmarks.map(([x, y]) => `<circle class="point" ${at(x, y)} r="1.2"/>`);
  const marks = Object.values(TEMPLATE).map(
    ({ x, y }) => `<circle class="mark" ${at(x, y)} r="5"/>`,
  );
  return `<svg width="${ALIGNMENT_SIDE}" height="${ALIGNMENT_SIDE}">${points.join('')}${marks.join('')}</svg>`;
}

/** Pictures side by side, with a line below each. */
async function faces(
  entries: readonly ManifestEntry[],
  rootFolder: string,
  side: number,
  caption: (entry: ManifestEntry) => string,
  drawing: (entry: ManifestEntry) => string = () => '',
): Promise<string> {
  const figures = entries.map(async (entry) => {
    const picture = await inlinePicture(await decodeImage(path.join(rootFolder, entry.path)), side);
    const image = `<img src="${picture}" width="${side}" height="${side}" alt="">`;
    return `<figure style="width:${side}px" title="${escapeHtml(entry.path)}"><span class="face">${image}${drawing(entry)}</span><figcaption>${escapeHtml(caption(entry))}</figcaption></figure>`;
  });
  return `<div class="faces">${(await Promise.all(figures)).join('')}</div>`;
}

const row = (cells: readonly (string | number)[], tag = 'td'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(String(cell))}</${tag}>`).join('')}</tr>`;

function groupTable({ counts, age_bounds }: DatasetDescription): string {
  const rows = ageGroupNames(age_bounds).map((name, i) => {
    const [train, test] = [counts.train[i] ?? 0, counts.test[i] ?? 0];
    return row([
      `${i}: ${name}`,
      train,
      test,
      train + test,
      train + test === 0 ? '–' : `${((100 * test) / (train + test)).toFixed(1)} %`,
    ]);
  });
  const [train, test] = [counts.train, counts.test].map((values) =>
    values.reduce((sum, value) => sum + value, 0),
  );
  const total = row([
    'all',
    train ?? 0,
    test ?? 0,
    counts.faces,
    `${((100 * (test ?? 0)) / Math.max(1, counts.faces)).toFixed(1)} %`,
  ]);
  return `<table>${row(['age group', 'train', 'test', 'both', 'held out'], 'th')}${rows.join('')}${total}</table>`;
}

function rejectTable(rejected: readonly Rejection[]): string {
  if (rejected.length === 0) return '<p>None.</p>';
  const reasons = new Map<string, Rejection[]>();
  for (const one of rejected) reasons.set(one.reason, [...(reasons.get(one.reason) ?? []), one]);
  const rows = [...reasons]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([reason, some]) => {
      const examples = some
        .slice(0, REJECTS_SHOWN)
        .map(({ name, detail }) => `${escapeHtml(name)}: ${escapeHtml(detail)}`);
      return `<tr><td>${escapeHtml(reason)}</td><td>${some.length}</td><td>${examples.join('<br>')}</td></tr>`;
    });
  return `<table class="left">${row(['reason', 'pictures', 'the first of them'], 'th')}${rows.join('')}</table><p>All of them: rejected.csv</p>`;
}

function ageChart(entries: readonly ManifestEntry[]): string {
  const ages = entries.map(({ age }) => age);
  const [youngest, oldest] = [
    ages.reduce((a, b) => Math.min(a, b)),
    ages.reduce((a, b) => Math.max(a, b)),
  ];
  const bars = Array.from(
    { length: Math.floor((oldest - youngest) / YEARS_A_BAR) + 1 },
    (_, i) => ({
      label: String(youngest + i * YEARS_A_BAR),
      parts: [0, 0],
    }),
  );
  for (const { age, split } of entries) {
    const parts = bars[Math.floor((age - youngest) / YEARS_A_BAR)]?.parts;
    if (parts) parts[split === 'train' ? 0 : 1] = (parts[split === 'train' ? 0 : 1] ?? 0) + 1;
  }
  return `${barChart(bars, 2 * CHART_WIDTH)}<div class="key"><i class="c0" style="background:var(--a)"></i>train<i style="background:var(--b)"></i>test, by age in years</div>`;
}

function qualityCharts(entries: readonly ManifestEntry[]): string {
  const charts = (
    [
      ['score', "detector's score", 2],
      ['size', 'width of the face in the photograph, pixels', 0],
      ['sharpness', 'sharpness', 2],
      ['yaw', 'turn of the head, degrees', 0],
    ] as const
  ).flatMap(([key, title, digits]) => {
    const values = entries.flatMap(({ quality }) => (quality[key] === null ? [] : [quality[key]]));
    return values.length === 0
      ? []
      : [
          `<figure><h3>${title}</h3>${barChart(histogram(values, 24, digits), CHART_WIDTH)}</figure>`,
        ];
  });
  return `<div class="charts">${charts.join('')}</div>`;
}

const fitOf = ({ landmarks }: ManifestEntry): number =>
  landmarks === null ? 0 : templateError(facePartsOf(landmarks.map(([x, y]) => ({ x, y }))));

async function alignmentSection(
  entries: readonly ManifestEntry[],
  rootFolder: string,
  shuffled: readonly ManifestEntry[],
): Promise<string> {
  if (!entries.some(({ landmarks }) => landmarks !== null))
    return '<p>The pictures came aligned: nobody looked for landmarks.</p>';
  const worst = [...entries].sort((a, b) => fitOf(b) - fitOf(a)).slice(0, WORST);
  const caption = (entry: ManifestEntry): string =>
    `${(100 * fitOf(entry)).toFixed(1)} %, ${entry.path}`;
  return [
    '<p>Green: landmarks found in the crop. Rings: where eyes, nose and mouth should be. Below: distance of eyes and mouth from there, in shares of the width.</p>',
    `<h3>${ALIGNMENTS} at random</h3>`,
    await faces(shuffled.slice(0, ALIGNMENTS), rootFolder, ALIGNMENT_SIDE, caption, overlay),
    `<h3>The ${WORST} that fit worst</h3>`,
    await faces(worst, rootFolder, ALIGNMENT_SIDE, caption, overlay),
  ].join('');
}

async function groupSection(
  { description, entries, rootFolder }: DatasetPageInput,
  shuffled: readonly ManifestEntry[],
): Promise<string> {
  const sheets = ageGroupNames(description.age_bounds).map(async (name, group) => {
    const some = shuffled.filter((entry) => entry.group === group).slice(0, FACES_A_GROUP);
    return `<h3>${name} (${entries.filter((entry) => entry.group === group).length})</h3>${await faces(some, rootFolder, FACE_SIDE, ({ age, identity }) => `${age}${identity ? `, ${identity.replaceAll('_', ' ')}` : ''}`)}`;
  });
  return (await Promise.all(sheets)).join('');
}

/** Writes the page in one move. */
export async function writeDatasetPage(file: string, input: DatasetPageInput): Promise<void> {
  const { description, entries, rejected, rootFolder } = input;
  const { counts, people, source, seed, split } = description;
  const shuffled = createRandom(seed).shuffled(entries);
  const who =
    people.train + people.test > 0
      ? `${people.train} people in train, ${people.test} in test, <b>${people.both} in both</b>`
      : 'nobody is named';
  const html = [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Data set: ${escapeHtml(source.kind)}</title><style>${STYLE}</style>`,
    `<h1>Data set: ${escapeHtml(source.kind)}</h1>`,
    `<p>${counts.scanned} scanned = ${counts.kept} kept + ${counts.rejected} rejected; ${counts.faces} faces; split by ${split}, seed ${seed}; ${who}.</p>`,
    `<h2>Groups</h2>${groupTable(description)}`,
    `<h2>Ages</h2>${ageChart(entries)}`,
    `<h2>Rejected</h2>${rejectTable(rejected)}`,
    `<h2>Quality</h2>${qualityCharts(entries)}`,
    `<h2>Alignment</h2>${await alignmentSection(entries, rootFolder, shuffled)}`,
    `<h2>Faces by group</h2>${await groupSection(input, shuffled)}`,
    '</html>',
  ].join('\n');
  await replaceFile(file, html);
}
