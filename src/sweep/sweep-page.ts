/** @file `report.html` of a sweep: one page that holds everything it shows. */

import path from 'node:path';
import { COMPARED_METRICS } from '../config/metric-names';
import type { SettingValue } from '../config/sweep-file';
import type { Curve } from '../pages/curve-chart';
import { replaceFile } from '../files/durable-write';
import { html, page, table, tableRow } from '../pages/html';
import type { Html } from '../pages/html';
import { parallelChart, parameterChart, runCurves } from './charts';
import { readEvaluation } from './evaluation';
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
body{font:15px/1.45 system-ui,sans-serif;max-width:1340px;margin:2em auto;padding:0 1em}
body{color:#222;background:#fff}
h1{font-size:1.5em;margin-bottom:.1em}
h2{font-size:1.15em;margin:1.8em 0 .5em;border-bottom:1px solid #8885}
table{border-collapse:collapse}
td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #8885}
td:first-child,th:first-child,td:last-child,th:last-child{text-align:left}
.charts{display:flex;flex-wrap:wrap;gap:8px}
.faces{width:100%}
.faces td,.faces th{white-space:nowrap}
.faces td{padding:1px .7em}
.faces td:last-child{width:100%}
.faces img{display:block;width:100%;min-width:480px;height:auto}
.wide{overflow-x:auto}
.failed{color:#b2182b}
.stopped_early{color:#8a6d1a}
pre{font-size:12px;background:#8881;padding:.5em;overflow-x:auto}`;

const shortNumber = (value: number | null | undefined): string | null =>
  typeof value === 'number'
    ? Number(value.toPrecision(4)).toLocaleString('en-US', { maximumSignificantDigits: 4 })
    : null;

const shown = (value: SettingValue | null | undefined): string =>
  value === null || value === undefined ? '–' : String(value);

/** The table: settings, metric, its interval where there is one, and identity and age beside it. */
async function resultTable(
  sweep: Sweep,
  { metric, runs }: Summary,
  settings: readonly string[],
): Promise<Html> {
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
    return tableRow(cells.map(shown), { className: run.status });
  });
  return html`<div class="wide">${table({ head: names, rows })}</div>`;
}

function toCurve(name: string, key: string, lines: readonly MetricLine[]): Curve {
  const points = lines.flatMap((line): [number, number][] =>
    typeof line[key] === 'number' ? [[line.step ?? 0, line[key]]] : [],
  );
  const every = Math.ceil(points.length / MOST_POINTS);
  return { name, points: points.filter((_, i) => i % every === 0 || i === points.length - 1) };
}

async function curveSection(sweep: Sweep, runs: readonly SummaryRun[]): Promise<Html> {
  const lines = await Promise.all(
    runs.map(async (run) => ({
      name: run.name,
      lines: await readMetricLines(path.join(sweep.directory, 'runs', run.name)),
    })),
  );
  const keys = [...new Set([sweep.definition.metric.name, ...COMPARED_METRICS])];
  const charts = keys.flatMap((key) => {
    const curves = lines
      .map((run) => toCurve(run.name, key, run.lines))
      .filter(({ points }) => points.length > 0);
    return curves.length > 0 ? [runCurves(key, curves)] : [];
  });
  return html`<p>A line a run over its steps, the better runs blue, the worse ones red.</p>
    <div class="charts">${charts}</div>`;
}

async function faceSection(sweep: Sweep, runs: readonly SummaryRun[]): Promise<Html> {
  const rows = await Promise.all(
    runs.map(async ({ name, metric }) => {
      const run = sweep.runs.find((planned) => planned.name === name);
      const strip = run ? await faceStrip(runDirectory(sweep, run)) : null;
      if (strip === null) return [];
      return [tableRow([name, shown(shortNumber(metric)), strip.step, strip.picture])];
    }),
  );
  if (rows.flat().length === 0) return html`<p>No run has written samples yet.</p>`;
  const head = ['run', sweep.definition.metric.name, 'step', ''];
  return html`<p>
      The same ${SHOWN_FACES} held-out faces in every run: each as it is, then at every age group
      from the youngest to the oldest.
    </p>
    <div class="wide">${table({ className: 'faces', head, rows: rows.flat() })}</div>`;
}

function failureSection(statuses: readonly RunWithStatus[]): Html | null {
  const failed = statuses.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return null;
  const items = failed.map(
    ({ run, state }) =>
      html`<h3>${run.name}: ${state.reason}</h3>
        <pre>${state.tail.join('\n')}</pre>`,
  );
  return html`<h2>Failed</h2>
    ${items}`;
}

function stoppedSection({ definition }: Sweep, statuses: readonly RunWithStatus[]): Html | null {
  const stopped = statuses.filter(({ status }) => status === 'stopped_early');
  if (stopped.length === 0) return null;
  const rows = stopped.map(({ run, state }) => {
    const last = state.results.at(-1);
    const cells = [run.name, last?.rung, last?.step, last?.metric?.toPrecision(5), last?.ended_at];
    return tableRow(cells.map(shown));
  });
  const rungs = Array.from({ length: rungCount(definition) - 1 }, (_, rung) =>
    stepsAt(definition, rung),
  ).join(', ');
  const head = ['run', 'rung', 'steps', definition.metric.name, 'reached it'];
  return html`<h2>Stopped early</h2>
    <p>
      Successive halving after ${rungs} steps: the best 1 / ${definition.stop_early?.factor ?? 1}
      went on.
    </p>
    ${table({ head, rows })}`;
}

async function effectSection(sweep: Sweep, runs: readonly SummaryRun[]): Promise<Html | null> {
  const sentences = (await effectsOf(sweep, runs)).map(effectSentence);
  if (sentences.length === 0) return null;
  return html`<ul>
    ${sentences.map((text) => html`<li>${text}</li>`)}
  </ul>`;
}

function parameterSection(
  runs: readonly SummaryRun[],
  settings: readonly string[],
  metric: Summary['metric'],
): Html | null {
  const charts = settings.flatMap((name) => parameterChart(runs, name, metric) ?? []);
  if (charts.length === 0) return null;
  const ends =
    metric.goal === 'minimize'
      ? 'the least blue, the greatest red'
      : 'the greatest blue, the least red';
  return html`<p>
      Every run is a line through its settings to its ${metric.name}, ${ends}; below, a dot over
      each setting, with its interval where there is one.
    </p>
    ${parallelChart(runs, settings, metric)}
    <div class="charts">${charts}</div>`;
}

/** How many runs there are of each status, and in which order they stand. */
function introduction({ metric, runs }: Summary, pictured: number): Html {
  const counts = [...new Set(runs.map(({ status }) => status))].map(
    (status) => `${runs.filter((run) => run.status === status).length} ${status}`,
  );
  const first = metric.goal === 'minimize' ? 'Least' : 'Greatest';
  const cut = runs.length > pictured ? ` Faces and curves are those of the first ${pictured}.` : '';
  return html`<p>
    ${runs.length} runs: ${counts.join(', ')}. ${first} ${metric.name} first.${cut}
  </p>`;
}

/** Whether what ranks the runs may still be reported; of evaluations as they say themselves, those of version 0.1 are of test pictures. */
async function partSentence(sweep: Sweep, runs: readonly SummaryRun[]): Promise<string> {
  const records = await Promise.all(
    runs.map(async ({ name, step }) =>
      step === null ? null : readEvaluation(path.join(sweep.directory, 'runs', name), step),
    ),
  );
  const isOfTest = (record: object | null): boolean =>
    record !== null && (record as { part?: unknown }).part !== 'valid';
  return records.some(isOfTest)
    ? 'Evaluations are of test pictures: whatever you choose here is chosen on them, and their figures look better than they are.'
    : 'Held-out terms and evaluations are of validation pictures, which choose: their figures look better than they are. Report the best run by `ipcgan evaluate`, on test pictures.';
}

/** Writes the page in one move. */
export async function writeSweepPage(sweep: Sweep, summary: Summary): Promise<void> {
  const { metric, runs } = summary;
  const settings = sweptSettings(sweep.definition);
  const statuses = await readRunStatuses(sweep);
  const pictured = runs.filter(({ step }) => step !== null).slice(0, MOST_SHOWN);
  const title = `Sweep: ${path.basename(sweep.directory)}`;
  const body = html`<h1>${title}</h1>
    ${introduction(summary, pictured.length)}
    <p>${await partSentence(sweep, pictured)}</p>
    <h2>Runs</h2>
    ${await resultTable(sweep, summary, settings)}
    <h2>Faces</h2>
    ${await faceSection(sweep, pictured)}
    <h2>Parameters</h2>
    ${await effectSection(sweep, runs)} ${parameterSection(runs, settings, metric)}
    <h2>Curves</h2>
    ${await curveSection(sweep, pictured)} ${stoppedSection(sweep, statuses)}
    ${failureSection(statuses)}`;
  await replaceFile(path.join(sweep.directory, 'report.html'), page({ title, style: STYLE, body }));
}
