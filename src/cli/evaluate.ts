/** @file `ipcgan evaluate`. */

import path from 'node:path';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { readDataset } from '../data/prepare/dataset';
import { ensureEngine } from '../engine/install/ensure';
import { UserError } from '../errors';
import type { EvaluationRecord } from '../eval/report/record';
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

function checkFlags({ data, compare }: EvaluateConfig, paths: readonly string[]): string {
  if (compare) return '';
  if (paths.length > 0)
    throw new UserError(
      `ipcgan evaluate: expected flags only, got '${paths[0] ?? ''}'. To compare reports: ipcgan evaluate --compare A B.`,
    );
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
  const plain = ({ checkpoint, step, position, rows }: EvaluationRecord) => ({ checkpoint, step, position, rows });
  const [only] = records;
  const lines = only ? [...verdict(only), `look at ${path.join(out, 'report.html')}`] : [];
  process.stdout.write(config.json ? `${JSON.stringify(records.map(plain))}\n` : `${lines.join('\n')}\n`);
  return 0;
}

/** Measures what a generator does. */
export async function runEvaluate({ config }: Resolved<'evaluate'>, _word: string | null, paths: readonly string[]): Promise<number> {
  return evaluate(config, checkFlags(config, paths));
}
