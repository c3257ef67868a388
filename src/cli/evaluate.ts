/** @file `ipcgan evaluate`. */

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { readDataset } from '../data/prepare/dataset';
import { ensureEngine } from '../engine/install/ensure';
import { UserError } from '../errors';
import type { EvaluationRecord } from '../eval/report/record';
import type { StepRecord } from '../eval/report/steps-page';
import { startCounter } from './counter';
import type { Counter } from './counter';

type EvaluateConfig = VerbConfig<'evaluate'>;

/** One bar at a time, each with its own label. */
function labelledCounter(): { onFace: (label: string, done: number, total: number) => void; stop: () => void } {
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

/** The data set to evaluate on. */
function checkFlags({ data, all_steps, step }: EvaluateConfig, paths: readonly string[]): string {
  if (all_steps && step !== null) throw new UserError('--all_steps: expected it without --step, got both. Leave one out.');
  if (paths.length > 0)
    throw new UserError(`expected flags only, got '${paths[0] ?? ''}'. To compare reports: ipcgan evaluate --compare A B.`);
  if (data === null) throw new UserError('--data: expected a prepared data set, got nothing. Make one with `ipcgan prepare`.');
  return data;
}

async function evaluate(config: EvaluateConfig, data: string): Promise<number> {
  const dataset = await readDataset(data);
  const reference = config.reference === null ? null : await readDataset(config.reference);
  await ensureEngine(config.device);
  const { evaluateCheckpoints } = await import('../train/evaluate-checkpoints');
  const counter = labelledCounter();
  const out = config.out ?? path.join(config.checkpoint_dir, 'evaluation');
  const records = await evaluateCheckpoints({ ...config, out }, dataset, reference, counter.onFace).finally(() => counter.stop());
  const { verdict } = await import('../eval/report/verdict');
  const plain = ({ checkpoint, step, figures, position, rows }: EvaluationRecord) => ({ checkpoint, step, figures, position, rows });
  const { bestStep, BEST_RULE } = await import('../eval/report/steps-page');
  const best = config.all_steps ? bestStep(records.filter((record): record is StepRecord => record.step !== null)) : null;
  const shown = best ?? records[0];
  const lines = [
    ...(best ? [`best: step ${best.step}, ${BEST_RULE}`] : []),
    ...(shown ? verdict(shown) : []),
    `look at ${path.join(out, 'report.html')}`,
  ];
  process.stdout.write(
    config.json
      ? `${JSON.stringify(config.all_steps ? { best_step: best?.step ?? null, steps: records.map(plain) } : records.map(plain)[0])}\n`
      : `${lines.join('\n')}\n`,
  );
  return 0;
}

/** Compares reports that are there; nothing is computed anew, so that no engine is needed. */
async function compare({ out, seed, json }: EvaluateConfig, paths: readonly string[]): Promise<number> {
  const { readRecord } = await import('../eval/report/record');
  const { compareRecords, comparisonLines, comparisonPage } = await import('../eval/report/comparison');
  const records = await Promise.all(paths.map(async (name) => ({ name, record: await readRecord(name) })));
  const differences = compareRecords(records, seed);
  const directory = out ?? 'comparison';
  await mkdir(directory, { recursive: true });
  const page = path.join(directory, 'comparison.html');
  await writeFile(path.join(directory, 'comparison.json'), `${JSON.stringify({ first: paths[0], differences })}\n`);
  await writeFile(page, comparisonPage(paths[0] ?? '', differences, process.argv.slice(2)));
  const lines = [...comparisonLines(differences), `look at ${page}`];
  process.stdout.write(json ? `${JSON.stringify({ first: paths[0], differences })}\n` : `${lines.join('\n')}\n`);
  return 0;
}

/** Measures what a generator does, or compares such measurements. */
export async function runEvaluate({ config }: Resolved<'evaluate'>, _word: string | null, paths: readonly string[]): Promise<number> {
  return config.compare ? compare(config, paths) : evaluate(config, checkFlags(config, paths));
}
