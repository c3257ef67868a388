/** @file Reads event files, and cuts them back to a step. */

import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { EVENT_FILE_PREFIX } from './event-writer';
import { readFields } from './protobuf';
import { framedLength, frameRecord, readRecords } from './record-file';

/** One value of an event. */
export interface EventValue {
  readonly tag: string;
  /** The number of a scalar; null for anything else. */
  readonly scalar: number | null;
}

/** One event, as far as reading it back needs. */
export interface LoggedEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly values: readonly EventValue[];
}

function parseValue(content: Buffer): EventValue {
  const fields = readFields(content);
  const scalar = fields.find(({ number }) => number === 2);
  return {
    tag: fields.find(({ number }) => number === 1)?.content.toString('utf8') ?? '',
    scalar: scalar?.value ?? null,
  };
}

function parseEvent(record: Buffer): LoggedEvent {
  const fields = readFields(record);
  const summaries = fields
    .filter(({ number }) => number === 5)
    .flatMap(({ content }) => readFields(content));
  return {
    wallTime: fields.find(({ number }) => number === 1)?.value ?? 0,
    step: fields.find(({ number }) => number === 2)?.value ?? 0,
    values: summaries
      .filter(({ number }) => number === 1)
      .map(({ content }) => parseValue(content)),
  };
}

/** The events of a file, without one that a killed writer left unfinished at its end. @throws Error when a checksum is wrong, or a record is no event */
export function readEventFile(file: string): LoggedEvent[] {
  const refuse = (at: number, what: string): never => {
    throw new Error(
      `${file}: expected a record at byte ${at}, got a wrong checksum of its ${what}`,
    );
  };
  return Array.from(readRecords(file, refuse), (record, i) => {
    try {
      return parseEvent(record);
    } catch (cause) {
      throw new Error(
        `${file}: expected an event as record ${i + 1}, got ${(cause as Error).message}`,
        { cause },
      );
    }
  });
}

/** The step of a record's event; null for a record that is none. */
function stepOf(record: Buffer): number | null {
  try {
    return parseEvent(record).step;
  } catch {
    return null;
  }
}

/** Records of a file whose event is of a step or of an earlier one, up to damaged bytes. */
function* recordsUpTo(file: string, lastStep: number): Generator<Buffer> {
  for (const record of readRecords(file, () => undefined)) {
    const step = stepOf(record);
    if (step === null) return;
    if (step <= lastStep) yield record;
  }
}

/**
 * Drops the events after a step from every event file of a directory, each file in one move; files that lose nothing stay as they are.
 * What follows damaged bytes is dropped too: after a power cut a file may end in zeros.
 */
export function truncateEventFiles(directory: string, lastStep: number): void {
  const files = existsSync(directory)
    ? readdirSync(directory).filter((name) => name.startsWith(EVENT_FILE_PREFIX))
    : [];
  for (const name of files) {
    const file = path.join(directory, name);
    let keptBytes = 0;
    for (const record of recordsUpTo(file, lastStep)) keptBytes += framedLength(record);
    if (keptBytes === statSync(file).size) continue;
    const temporary = path.join(directory, `.${name}.tmp`);
    const descriptor = openSync(temporary, 'w');
    for (const record of recordsUpTo(file, lastStep)) writeSync(descriptor, frameRecord(record));
    closeSync(descriptor);
    renameSync(temporary, file);
  }
}
