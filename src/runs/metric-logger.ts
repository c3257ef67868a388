/** @file One record a logged step: a line of metrics.jsonl, and TensorBoard's scalars from the same numbers. */

import { appendFileSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { EventWriter } from 'tensorboard-logger-ts';
import { replaceFile } from '../files/durable-write';

/** Numbers of one step; null for a term that is off. `step` counts finished steps. */
export type MetricRecord = Readonly<Record<string, number | null>> & { readonly step: number };

/** Where records go. */
export interface MetricLogger {
  log(record: MetricRecord): void;
}

/** Appends to `file` and to TensorBoard's `writer`; each line is on its way to the disk before the next step starts. */
export function createMetricLogger(file: string, writer: EventWriter): MetricLogger {
  return {
    log: (record) => {
      appendFileSync(file, `${JSON.stringify(record)}\n`);
      for (const [name, value] of Object.entries(record))
        if (name !== 'step' && value !== null) writer.scalar(name, value, record.step);
    },
  };
}

function stepOf(line: string): number | null {
  try {
    const parsed = JSON.parse(line) as { step?: unknown };
    return typeof parsed.step === 'number' ? parsed.step : null;
  } catch {
    // a line that a killed process did not finish
    return null;
  }
}

/** Cuts metrics back to a step, so that what a resumed run writes again stands there once. */
export async function truncateMetrics(file: string, lastStep: number): Promise<void> {
  if (!existsSync(file)) return;
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => {
    const step = stepOf(line);
    return step !== null && step <= lastStep;
  });
  await replaceFile(file, lines.map((line) => `${line}\n`).join(''));
}
