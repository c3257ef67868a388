/** @file One record a logged step: a line of metrics.jsonl, and TensorBoard's scalars from the same numbers. */

import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { EventWriter } from 'tensorboard-logger-ts';
import { replaceFile, syncDirectory } from '../files/durable-write';

/** Numbers of one step; null for a term that is off. `step` counts finished steps. */
export type MetricRecord = Readonly<Record<string, number | null>> & { readonly step: number };

/** Where records go. */
export interface MetricLogger {
  /** Takes a record, to be written by the next `flush`. */
  add(record: MetricRecord): void;
  /** Writes what was added. @throws the file system's error; what is not written then is kept for the next time */
  readonly flush: () => void;
  /** Puts what was flushed on the disk, so that no power cut takes it from before a checkpoint. @throws the file system's error */
  readonly sync: () => Promise<void>;
  /** Both. */
  log(record: MetricRecord): void;
}

/** Appends a text or nothing: half of a line would be read as a line. @throws the file system's error */
function appendWhole(file: string, text: string): void {
  const bytes = Buffer.from(text);
  const descriptor = openSync(file, 'a');
  try {
    const { size } = fstatSync(descriptor);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
    } catch (error) {
      ftruncateSync(descriptor, size);
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Appends to `file` and to TensorBoard's `writer`; each line is on its way to the disk before the next step starts. */
export function createMetricLogger(file: string, writer: EventWriter): MetricLogger {
  const lines: MetricRecord[] = [];
  const scalars: { readonly name: string; readonly value: number; readonly step: number }[] = [];
  const flush = (): void => {
    for (; lines.length > 0; lines.shift()) appendWhole(file, `${JSON.stringify(lines[0])}\n`);
    for (let first = scalars[0]; first !== undefined; first = scalars[0]) {
      writer.scalar(first.name, first.value, first.step);
      scalars.shift();
    }
  };
  const add = (record: MetricRecord): void => {
    const { step } = record;
    lines.push(record);
    for (const [name, value] of Object.entries(record))
      if (name !== 'step' && value !== null) scalars.push({ name, value, step });
  };
  const sync = async (): Promise<void> => {
    writer.flush();
    if (!existsSync(file)) return;
    const handle = await open(file, 'a');
    await handle.sync().finally(() => handle.close());
    await syncDirectory(path.dirname(file));
  };
  return {
    add,
    flush,
    sync,
    log: (record) => {
      add(record);
      flush();
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
