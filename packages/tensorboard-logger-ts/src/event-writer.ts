/** @file Appends events to a file that TensorBoard reads. */

import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { bytes, double, integer, message } from './protobuf';
import { frameRecord } from './record-file';
import {
  hparamsEndSummary,
  hparamsExperimentSummary,
  hparamsStartSummary,
  histogramSummary,
  imageSummary,
  scalarSummary,
  textSummary,
} from './summaries';
import type { HparamMetric, HparamValue, PngImage } from './summaries';

/** What every event file's name begins with. */
export const EVENT_FILE_PREFIX = 'events.out.tfevents.';

/** TensorBoard follows the files of a directory one after another; small ones can be read, copied and cut back at any age of a run. */
const MAX_FILE_BYTES = 256e6;

/** Options of {@link createEventWriter}. */
export interface EventWriterOptions {
  /** The run's directory; made where it is missing. */
  readonly directory: string;
  /** Milliseconds since 1970; the system's clock by default. */
  readonly clock?: () => number;
  /** Bytes after which a new file is begun, 256 MB by default; an event that is larger has a file of its own. */
  readonly maxFileBytes?: number;
}

/** Writes events; every call reaches the operating system before it returns, so that a killed process keeps them, or throws and leaves nothing. */
export interface EventWriter {
  /** The file that this writer appends to now. */
  readonly file: string;
  /** One number. @throws RangeError for an empty tag or a step that is not a whole number from 0 up */
  scalar(tag: string, value: number, step: number): void;
  scalars(values: Readonly<Record<string, number>>, step: number): void;
  /** One picture, or several that are shown as `tag/0`, `tag/1`, … */
  image(tag: string, images: PngImage | readonly PngImage[], step: number): void;
  histogram(tag: string, values: ArrayLike<number>, step: number): void;
  text(tag: string, markdown: string, step: number): void;
  /** Fills the HPARAMS page: this run's settings, and the scalars to compare runs by. */
  hparams(values: Readonly<Record<string, HparamValue>>, metricTags: readonly string[]): void;
  /** This run's settings alone, where a directory above says what to compare; without that, the page shows what differs. */
  hparamsSession(values: Readonly<Record<string, HparamValue>>): void;
  /** What the HPARAMS page compares: settings by name, with a value for their type, and scalars. For a directory above the runs. */
  hparamsExperiment(
    values: Readonly<Record<string, HparamValue>>,
    metrics: readonly HparamMetric[],
  ): void;
  endHparams(status: 'success' | 'failure'): void;
  /** Makes sure that everything is on the disk. */
  flush(): void;
  close(): void;
}

/** Opens a file of its own: two writers never share one, even within a second. */
function openUnique(directory: string, seconds: number): { file: string; descriptor: number } {
  mkdirSync(directory, { recursive: true });
  const stem = `${EVENT_FILE_PREFIX}${String(seconds).padStart(10, '0')}.${hostname()}.${process.pid}`;
  for (let n = 0; ; n++) {
    const file = path.join(directory, `${stem}.${n}`);
    try {
      return { file, descriptor: openSync(file, 'ax') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Starts an event file in a directory. */
export function createEventWriter({
  directory,
  clock = Date.now,
  maxFileBytes = MAX_FILE_BYTES,
}: EventWriterOptions): EventWriter {
  const seconds = (): number => clock() / 1000;
  let current = { ...openUnique(directory, Math.floor(seconds())), bytes: 0 };
  let isOpen = true;

  const appendRecord = (record: Buffer): void => {
    try {
      for (let done = 0; done < record.length;) done += writeSync(current.descriptor, record, done);
    } catch (error) {
      // a reader stops at half of a record, whatever comes behind it
      ftruncateSync(current.descriptor, current.bytes);
      throw error;
    }
    current.bytes += record.length;
  };
  const eventOf = (...fields: readonly Uint8Array[]): Buffer =>
    frameRecord(message(double(1, seconds()), ...fields));
  const beginFile = (): void => appendRecord(eventOf(bytes(3, 'brain.Event:2')));
  const closeFile = (): void => {
    fsyncSync(current.descriptor);
    closeSync(current.descriptor);
  };
  const append = (...fields: readonly Uint8Array[]): void => {
    if (!isOpen)
      throw new Error(`${current.file}: expected an open writer, got one that is closed`);
    const record = eventOf(...fields);
    if (current.bytes + record.length > maxFileBytes) {
      closeFile();
      current = { ...openUnique(directory, Math.floor(seconds())), bytes: 0 };
      beginFile();
    }
    appendRecord(record);
  };
  const write = (summary: Uint8Array, step: number): void => {
    if (!Number.isInteger(step) || step < 0)
      throw new RangeError(`step: expected a whole number from 0 up, got ${step}`);
    append(integer(2, step), bytes(5, summary));
  };
  const named = (tag: string): string => {
    if (tag === '') throw new RangeError('tag: expected a name, got an empty text');
    return tag;
  };
  beginFile();

  const writer: EventWriter = {
    get file() {
      return current.file;
    },
    scalar: (tag, value, step) => write(scalarSummary(named(tag), value), step),
    scalars: (values, step) =>
      Object.entries(values).forEach(([tag, value]) => writer.scalar(tag, value, step)),
    image: (tag, images, step) => {
      if ('png' in images) write(imageSummary(named(tag), images), step);
      else images.forEach((image, i) => write(imageSummary(`${named(tag)}/${i}`, image), step));
    },
    histogram: (tag, values, step) => write(histogramSummary(named(tag), values), step),
    text: (tag, markdown, step) => write(textSummary(named(tag), markdown), step),
    hparams: (values, metricTags) => {
      write(hparamsExperimentSummary(values, metricTags), 0);
      writer.hparamsSession(values);
    },
    hparamsSession: (values) => write(hparamsStartSummary(values, seconds()), 0),
    hparamsExperiment: (values, metrics) => write(hparamsExperimentSummary(values, metrics), 0),
    endHparams: (status) => write(hparamsEndSummary(status, seconds()), 0),
    flush: () => fsyncSync(current.descriptor),
    close: () => {
      if (!isOpen) return;
      closeFile();
      isOpen = false;
    },
  };
  return writer;
}
