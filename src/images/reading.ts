/** @file Which pictures are being read, so that whoever waits for them can name one that does not come: a disk or a network that hangs reports no error. */

import { AsyncLocalStorage } from 'node:async_hooks';

/** When somebody who waits for pictures says so. */
export interface StallWatch {
  /** Seconds before the first line; the pause to each next one is twice as long, up to {@link LONGEST_PAUSE}. 0 for never. */
  readonly seconds: number;
  /** Tells the user. */
  readonly say: (line: string) => void;
}

/** A picture that was asked for and is not there yet. */
export interface Reading {
  readonly file: string;
  /** When it was asked for, in milliseconds since 1970. */
  readonly since: number;
}

/** Between two lines, in seconds. */
const LONGEST_PAUSE = 3600;
const MOST_NAMES = 5;
/** In milliseconds. */
const LOOKS_EVERY = 1000;

/** Seconds to the line after the next. */
export const nextPause = (pause: number): number => Math.min(2 * pause, LONGEST_PAUSE);

/** Since when, and which: the first few. @param readings the oldest first; at least one */
export function namesOf(readings: readonly Reading[]): string {
  const files = [...new Set(readings.map(({ file }) => file))];
  const left = files.length - MOST_NAMES;
  const names = `${files.slice(0, MOST_NAMES).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
  return `since ${new Date(readings[0]?.since ?? 0).toISOString()}: ${names}`;
}

/** Reads a file, which stands among the readings meanwhile. @param readings of whoever waits; null where nobody does */
export async function noted<T>(
  readings: Set<Reading> | null,
  file: string,
  read: () => Promise<T>,
): Promise<T> {
  const asked = { file, since: Date.now() };
  readings?.add(asked);
  try {
    return await read();
  } finally {
    readings?.delete(asked);
  }
}

/** What is read by the work that is watched, of each such work. */
const watchedReadings = new AsyncLocalStorage<Set<Reading>>();

/** Reads a file on behalf of whatever is watched by {@link watchReading}. */
export const reading = <T>(file: string, read: () => Promise<T>): Promise<T> =>
  noted(watchedReadings.getStore() ?? null, file, read);

/**
 * Does some work, and says which pictures it waits for, where one does not come: all that it reads by `decodeImage` or `headerProblem`,
 * however deep. It must wait for each: one that is read ahead would be old once it is asked for.
 * @param what as in `<what> has waited 60 s for 3 pictures`
 */
export async function watchReading<T>(
  what: string,
  { seconds, say }: StallWatch,
  work: () => Promise<T>,
): Promise<T> {
  if (seconds === 0) return work();
  const readings = new Set<Reading>();
  let pause = seconds;
  /** How long the oldest has been waited for when the next line is due. */
  let due = seconds;
  const look = (): void => {
    const [oldest] = readings;
    const age = oldest === undefined ? 0 : Math.round((Date.now() - oldest.since) / 1000);
    if (age < seconds) pause = due = seconds;
    if (age < due) return;
    pause = nextPause(pause);
    due = age + pause;
    const files = new Set([...readings].map(({ file }) => file)).size;
    say(
      `warning: ${what} has waited ${age} s for ${files === 1 ? 'a picture' : `${files} pictures`}, ${namesOf([...readings])}. ` +
        `Look at the disk or the network that they lie on; it goes on when they come. The next such line is in ${pause} s.`,
    );
  };
  // what has come while something was computed is taken out first
  const timer = setInterval(() => setImmediate(look), LOOKS_EVERY);
  try {
    return await watchedReadings.run(readings, work);
  } finally {
    clearInterval(timer);
  }
}
