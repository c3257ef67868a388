/** @file `ipcgan evaluate`. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { choosingPart, readDataset } from '../data/dataset';
import type { Dataset } from '../data/dataset';
import { openEngine } from '../engine/open-engine';
import { replaceFile } from '../files/durable-write';
import { watchReading } from '../images/reading';
import { checkJudgeFiles } from '../eval/judges/judge-files';
import type { EvaluateSettings, OnFace, OnNote } from '../eval/evaluate-checkpoints';
import type { Estimate } from '../statistics/bootstrap';
import type { RealCheck } from '../eval/evaluate-real';
import { EVALUATION_FOLDER } from '../runs/run-dir';
import { startCounter } from './counter';
import type { Counter } from './counter';
import { preparedData } from './prepared-data';
import { printResult, say } from './print-result';

type EvaluateConfig = VerbConfig<'evaluate'>;

/** What is said on stdout: for programs, and for readers. */
interface Told {
  readonly result: object;
  readonly lines: readonly string[];
}

/** One bar at a time, each with its own label. */
function labelledCounter(): {
  onFace: (label: string, done: number, total: number) => void;
  stop: () => void;
} {
  let current: { label: string; counter: Counter } | undefined;
  return {
    onFace: (label, done, total) => {
      if (current?.label !== label) {
        current?.counter.stop();
        current = { label, counter: startCounter(label, 'faces') };
      }
      current.counter.onProgress(done, total);
    },
    stop: () => current?.counter.stop(),
  };
}

/** What an evaluation reads, found before the engine loads. */
interface Inputs {
  readonly dataset: Dataset;
  readonly reference: Dataset | null;
  /** Directory of the report. */
  readonly out: string;
}

/** @throws UserError where data sets or files of judges are not there */
async function findInputs(config: EvaluateConfig): Promise<Inputs> {
  const dataset = await readDataset(preparedData(config), config.root_folder);
  const reference = config.reference === null ? null : await readDataset(config.reference);
  await checkJudgeFiles(config);
  const out = config.out ?? path.join(config.checkpoint_dir, EVALUATION_FOLDER);
  return { dataset, reference, out };
}

/** One checkpoint: its figures, and what they mean. */
async function evaluateOne(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  onFace: OnFace,
  onNote: OnNote,
): Promise<Told> {
  const { evaluateCheckpoint, toldOf } = await import('../eval/evaluate-checkpoints');
  const { verdict } = await import('../eval/report/verdict');
  const record = await evaluateCheckpoint(settings, dataset, reference, onFace, onNote);
  return { result: toldOf(record), lines: verdict(record) };
}

/** All checkpoints: the best, and its figures on faces that did not choose it. */
async function evaluateAll(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  onFace: OnFace,
  onNote: OnNote,
): Promise<Told> {
  const { evaluateSteps, toldOf } = await import('../eval/evaluate-checkpoints');
  const { verdict } = await import('../eval/report/verdict');
  const { BEST_RULE } = await import('../eval/report/steps-page');
  const compared = await evaluateSteps(settings, dataset, reference, onFace, onNote);
  const { records, best, test } = compared;
  const shown = test ?? best ?? records[0];
  return {
    result: {
      best_step: best?.step ?? null,
      steps: records.map(toldOf),
      test: test && toldOf(test),
    },
    lines: [
      ...(best ? [`best: step ${best.step}, ${BEST_RULE}`] : []),
      ...(test ? ['on test faces, which did not choose it:'] : []),
      ...(shown ? verdict(shown) : []),
    ],
  };
}

async function evaluate(config: EvaluateConfig): Promise<number> {
  const { dataset, reference, out } = await findInputs(config);
  const chosen = config.all_steps ? 'the best step' : 'whatever you choose by these figures';
  const { note } = choosingPart(dataset, chosen);
  if (note !== null && (config.all_steps || config.part === 'valid')) say(`note: ${note}`);
  await openEngine({ device: config.device });
  const counter = labelledCounter();
  const run = config.all_steps ? evaluateAll : evaluateOne;
  const told = await run({ ...config, out }, dataset, reference, counter.onFace, say).finally(() =>
    counter.stop(),
  );
  const lines = [...told.lines, `look at ${path.join(out, 'report.html')}`];
  printResult(config.json, told.result, lines.join('\n'));
  return 0;
}

/** A line a judge and group. */
function realLines(checks: readonly RealCheck[]): string[] {
  const text = (estimate: Estimate | null, factor = 1): string =>
    estimate ? (factor * estimate.value).toFixed(2) : '–';
  const head = [
    'judge',
    'group',
    'photographs',
    'mean, years',
    'as outputs',
    'error, years',
    'as outputs',
    'in group, %',
    'as outputs',
    'age error',
  ];
  const lines = checks.map(
    ({ judge, group, photographs, as_photographs: own, as_outputs: out }) => [
      judge,
      group,
      String(photographs),
      text(own.mean),
      text(out.mean),
      text(own.error),
      text(out.error),
      text(own.inGroup, 100),
      text(out.inGroup, 100),
      text(out.ageError),
    ],
  );
  return [head, ...lines].map((cells) => cells.join('\t'));
}

/** Tests the evaluation on itself. */
async function evaluatePhotographs(config: EvaluateConfig): Promise<number> {
  const { dataset, reference, out } = await findInputs(config);
  await openEngine({ device: config.device });
  const { evaluateReal, REAL_FILE } = await import('../eval/evaluate-real');
  const counter = labelledCounter();
  const checks = await evaluateReal({ ...config, out }, dataset, reference, counter.onFace).finally(
    () => counter.stop(),
  );
  const lines = [...realLines(checks), `written to ${path.join(out, REAL_FILE)}`];
  printResult(config.json, { checks }, lines.join('\n'));
  return 0;
}

/** Compares reports that are there; nothing is computed anew, so that no engine is needed. */
async function compare(
  { out, seed, json }: EvaluateConfig,
  paths: readonly string[],
): Promise<number> {
  const { readRecord } = await import('../eval/report/record');
  const { compareRecords, leftOut } = await import('../eval/report/comparison');
  const { comparisonLines, comparisonPage } = await import('../eval/report/comparison-page');
  const records = await Promise.all(
    paths.map(async (name) => ({ name, record: await readRecord(name) })),
  );
  const differences = compareRecords(records, seed);
  const missing = leftOut(records);
  const directory = out ?? 'comparison';
  await mkdir(directory, { recursive: true });
  const page = path.join(directory, 'comparison.html');
  const result = { first: paths[0], differences, left_out: missing };
  await replaceFile(path.join(directory, 'comparison.json'), `${JSON.stringify(result)}\n`);
  await replaceFile(page, comparisonPage(records, differences, missing, process.argv.slice(2)));
  missing.forEach(say);
  const lines = [...comparisonLines(differences), `look at ${page}`];
  printResult(json, result, lines.join('\n'));
  return 0;
}

/** Measures what a generator does, or compares such measurements. */
export async function runEvaluate(
  { config }: Resolved<'evaluate'>,
  _word: string | null,
  paths: readonly string[],
): Promise<number> {
  if (config.compare) return compare(config, paths);
  return watchReading('the evaluation', { seconds: config.loader_timeout, say }, () =>
    config.real_as_outputs ? evaluatePhotographs(config) : evaluate(config),
  );
}
