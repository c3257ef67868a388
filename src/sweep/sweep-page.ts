/** @file `report.html` of a sweep: one page that holds everything it shows. */

import path from 'node:path';
import type { SettingValue } from '../config/sweep-file';
import { escapeHtml } from '../pages/charts';
import type { Curve } from '../pages/curve-chart';
import { replaceFile } from '../files/durable-write';
import { parallelChart, parameterChart, runCurves } from './charts';
import { effectSentence, effectsOf, lastValues, WATCHED } from './effects';
import { sweptSettings } from './expand';
import { faceStrip, SHOWN_FACES } from './faces';
import { readMetricLines } from './metric';
import type { MetricLine } from './metric';
import { runDirectory } from './plan';
import type { Sweep } from './plan';
import type { RunWithStatus } from './run-status';
import { readRunStatuses } from './run-status';
import { rungCount, stepsAt } from './rungs';
import type { Summary, SummaryRun } from './summary';

/** A sheet and curves of more runs than this are no longer looked at; the table has all. */
const MOST_SHOWN = 100;
/** Points of a curve on the page. */
const MOST_POINTS = 100;

const STYLE = `
body{font:15px/1.45 system-ui,sans-serif;max-width:1340px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
h1{font-size:1.5em;margin-bottom:.1em}h2{font-size:1.15em;margin:1.8em 0 .5em;border-bottom:1px solid #8885}
table{border-collapse:collapse}td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #8885}td:first-child,th:first-child,td:last-child,th:last-child{text-align:left}
.charts{display:flex;flex-wrap:wrap;gap:8px}.faces td{white-space:nowrap;padding:1px .7em}.faces th{white-space:nowrap}.faces{width:100%}.faces td:last-child{width:100%}.faces img{display:block;width:100%;min-width:480px;height:auto}.wide{overflow-x:auto}
.failed{color:#b2182b}.stopped_early{color:#8a6d1a}pre{font-size:12px;background:#8881;padding:.5em;overflow-x:auto}`;

const shortNumber = (value: number | null | undefined): string | null =>
  typeof value === 'number'
    ? Number(value.toPrecision(4)).toLocaleString('en-US', { maximumSignificantDigits: 4 })
    : null;

const cell = (value: SettingValue | null | undefined, tag = 'td'): string =>
  `<${tag}>${escapeHtml(value === null || value === undefined ? '–' : String(value))}</${tag}>`;

/** The table: settings, metric, its interval where there is one, and identity and age beside it. */
async function resultTable(
  sweep: Sweep,
  { metric, runs }: Summary,
  settings: readonly string[],
): Promise<string> {
  const values = await Promise.all(runs.map((run) => lastValues(sweep, run)));
  const beside = WATCHED.filter(
    (name) => name !== metric.name && values.some((last) => typeof last[name] === 'number'),
  );
  const hasIntervals = runs.some(({ interval }) => interval !== null);
  const names = [
    'run',
    ...settings,
    metric.name,
    ...(hasIntervals ? ['95 % interval'] : []),
    ...beside,
    'steps',
    'status',
  ];
  const rows = runs.map((run, i) => {
    const interval =
      run.interval === null ? null : run.interval.map((end) => end.toPrecision(4)).join(' to ');
    const others = beside.map((name) => shortNumber(values[i]?.[name]));
    const own = [
      run.name,
      ...settings.map((name) => run.parameters[name]),
      run.metric?.toPrecision(5),
    ];
    const cells = [...own, ...(hasIntervals ? [interval] : []), ...others, run.step, run.status];
    return `<tr class="${run.status}">${cells.map((one) => cell(one)).join('')}</tr>`;
  });
  return `<div class="wide"><table><tr>${names.map((name) => cell(name, 'th')).join('')}</tr>${rows.join('')}</table></div>`;
}

function toCurve(name: string, key: string, lines: readonly MetricLine[]): Curve {
  const points = lines.flatMap((line): [number, number][] =>
    typeof line[key] === 'number' ? [[line.step ?? 0, line[key]]] : [],
  );
  const every = Math.ceil(points.length / MOST_POINTS);
  return { name, points: points.filter((_, i) => i % every === 0 || i === points.length - 1) };
}

async function curveSection(sweep: Sweep, shown: readonly SummaryRun[]): Promise<string> {
  const lines = await Promise.all(
    shown.map(async (run) => ({
      name: run.name,
      lines: await readMetricLines(path.join(sweep.directory, 'runs', run.name)),
    })),
  );
  const keys = [
    ...new Set([
      sweep.definition.metric.name,
      'held_out_fea_loss',
      'held_out_age_loss',
      'd_loss',
      'g_loss',
    ]),
  ];
  const charts = keys.flatMap((key) => {
    const curves = lines
      .map((run) => toCurve(run.name, key, run.lines))
      .filter(({ points }) => points.length > 0);
    return curves.length > 0 ? [runCurves(key, curves)] : [];
  });
  return `<p>A line a run over its steps, the better runs blue, the worse ones red.</p><div class="charts">${charts.join('')}</div>`;
}

async function faceSection(sweep: Sweep, shown: readonly SummaryRun[]): Promise<string> {
  const rows = await Promise.all(
    shown.map(async ({ name, metric }) => {
      const run = sweep.runs.find((planned) => planned.name === name);
      const strip = run ? await faceStrip(runDirectory(sweep, run)) : null;
      if (strip === null) return '';
      const image = `<img src="${strip.picture}" width="${strip.width}" height="${strip.height}" alt="">`;
      return `<tr>${cell(name)}<td>${shortNumber(metric) ?? '–'}</td><td>${strip.step}</td><td>${image}</td></tr>`;
    }),
  );
  if (rows.join('') === '') return '<p>No run has written samples yet.</p>';
  return `<p>The same ${SHOWN_FACES} held-out faces in every run: each as it is, then at every age group from the youngest to the oldest.</p><div class="wide"><table class="faces"><tr>${['run', sweep.definition.metric.name, 'step', ''].map((name) => cell(name, 'th')).join('')}</tr>${rows.join('')}</table></div>`;
}

function failureSection(statuses: readonly RunWithStatus[]): string {
  const failed = statuses.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return '';
  const items = failed.map(
    ({ run, state }) =>
      `<h3>${escapeHtml(run.name)}: ${escapeHtml(state.reason ?? '')}</h3><pre>${escapeHtml(state.tail.join('\n'))}</pre>`,
  );
  return `<h2>Failed</h2>${items.join('')}`;
}

function stoppedSection({ definition }: Sweep, statuses: readonly RunWithStatus[]): string {
  const stopped = statuses.filter(({ status }) => status === 'stopped_early');
  if (stopped.length === 0) return '';
  const rows = stopped.map(({ run, state }) => {
    const last = state.results.at(-1);
    return `<tr>${[run.name, last?.rung, last?.step, last?.metric?.toPrecision(5), last?.ended_at].map((one) => cell(one)).join('')}</tr>`;
  });
  const rungs = Array.from({ length: rungCount(definition) - 1 }, (_, rung) =>
    stepsAt(definition, rung),
  ).join(', ');
  const header = ['run', 'rung', 'steps', definition.metric.name, 'reached it']
    .map((name) => cell(name, 'th'))
    .join('');
  return `<h2>Stopped early</h2><p>Successive halving after ${rungs} steps: the best 1 / ${definition.stop_early?.factor ?? 1} went on.</p><table><tr>${header}</tr>${rows.join('')}</table>`;
}

async function effectSection(sweep: Sweep, runs: readonly SummaryRun[]): Promise<string> {
  const sentences = (await effectsOf(sweep, runs)).map(effectSentence);
  return sentences.length === 0
    ? ''
    : `<ul>${sentences.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`;
}

function parameterSection(
  runs: readonly SummaryRun[],
  settings: readonly string[],
  metric: Summary['metric'],
): string {
  const charts = settings.map((name) => parameterChart(runs, name, metric)).join('');
  const ends =
    metric.goal === 'minimize'
      ? 'the least blue, the greatest red'
      : 'the greatest blue, the least red';
  const sentence = `Every run is a line through its settings to its ${metric.name}, ${ends}; below, a dot over each setting, with its interval where there is one.`;
  return charts === ''
    ? ''
    : `<p>${escapeHtml(sentence)}</p>${parallelChart(runs, settings, metric)}<div class="charts">${charts}</div>`;
}

/** Writes the page in one move. */
export async function writeSweepPage(sweep: Sweep, summary: Summary): Promise<void> {
  const { metric, runs } = summary;
  const settings = sweptSettings(sweep.definition);
  const statuses = await readRunStatuses(sweep);
  const shown = runs.filter(({ step }) => step !== null).slice(0, MOST_SHOWN);
  const counts = [...new Set(runs.map(({ status }) => status))].map(
    (status) => `${runs.filter((run) => run.status === status).length} ${status}`,
  );
  const title = `Sweep: ${path.basename(sweep.directory)}`;
  const html = [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style><h1>${escapeHtml(title)}</h1>`,
    `<p>${runs.length} runs: ${counts.join(', ')}. ${metric.goal === 'minimize' ? 'Least' : 'Greatest'} ${escapeHtml(metric.name)} first.${runs.length > shown.length ? ` Faces and curves are those of the first ${shown.length}.` : ''}</p>`,
    `<h2>Runs</h2>${await resultTable(sweep, summary, settings)}`,
    `<h2>Faces</h2>${await faceSection(sweep, shown)}`,
    `<h2>Parameters</h2>${await effectSection(sweep, runs)}${parameterSection(runs, settings, metric)}`,
    `<h2>Curves</h2>${await curveSection(sweep, shown)}`,
    stoppedSection(sweep, statuses),
    failureSection(statuses),
    '</html>',
  ].join('\n');
  await replaceFile(path.join(sweep.directory, 'report.html'), html);
}
