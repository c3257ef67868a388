/** @file Says which pictures a loader waits for, where a batch does not come: a disk or a network that hangs reports no error. */

import { decodeImage } from '../images/image';
import type { RgbImage } from '../images/pixels';

/** When a loader that waits says so. */
export interface StallWatch {
  /** Seconds before the first line; the pause to each next one is twice as long, up to {@link LONGEST_PAUSE}. 0 for never. */
  readonly seconds: number;
  /** Tells the user. */
  readonly say: (line: string) => void;
}

/** Between two lines, in seconds. */
const LONGEST_PAUSE = 3600;
const MOST_NAMES = 5;

/** Decodes pictures of one batch, and knows which it is not done with. */
export interface WatchedDecoder {
  /** As {@link decodeImage}. */
  readonly decode: (file: string) => Promise<RgbImage>;
  /** Files that were asked for and are not there yet, the oldest first, and when they were asked for, in milliseconds since 1970. */
  readonly pending: () => readonly { readonly file: string; readonly since: number }[];
}

/** Nothing is asked for yet. @param read how a file is decoded */
export function watchDecoder(
  read: (file: string) => Promise<RgbImage> = (file) => decodeImage(file),
): WatchedDecoder {
  const pending = new Set<{ readonly file: string; readonly since: number }>();
  return {
    decode: async (file) => {
      const asked = { file, since: Date.now() };
      pending.add(asked);
      try {
        return await read(file);
      } finally {
        pending.delete(asked);
      }
    },
    pending: () => [...pending],
  };
}

function stallLine(waited: number, { pending }: WatchedDecoder, pause: number): string {
  const asked = pending();
  const files = [...new Set(asked.map(({ file }) => file))];
  const left = files.length - MOST_NAMES;
  const names = `${files.slice(0, MOST_NAMES).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
  const [oldest] = asked;
  const which =
    oldest === undefined
      ? 'whose pictures are all read'
      : `for ${files.length} of its pictures, since ${new Date(oldest.since).toISOString()}: ${names}`;
  return (
    `warning: training has waited ${waited} s for a batch, ${which}. ` +
    `Look at the disk or the network that they lie on; training goes on when they come. The next such line is in ${pause} s.`
  );
}

/** Waits for a batch, and says so where that takes long. @param decoder of its pictures */
export async function watched<T>(
  batch: Promise<T>,
  decoder: WatchedDecoder,
  { seconds, say }: StallWatch,
): Promise<T> {
  if (seconds === 0) return batch;
  const started = performance.now();
  const waited = (): number => Math.round((performance.now() - started) / 1000);
  let lines = 0;
  let timer: NodeJS.Timeout | undefined;
  const wait = (pause: number): void => {
    timer = setTimeout(() => {
      const next = Math.min(2 * pause, LONGEST_PAUSE);
      lines++;
      say(stallLine(waited(), decoder, next));
      wait(next);
    }, pause * 1000);
  };
  wait(seconds);
  try {
    const come = await batch;
    if (lines > 0) say(`the batch came after ${waited()} s`);
    return come;
  } finally {
    clearTimeout(timer);
  }
}
