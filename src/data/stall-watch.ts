/** @file Says which pictures a loader waits for, where a batch does not come: a disk or a network that hangs reports no error. */

import { decodeImage } from '../images/image';
import type { RgbImage } from '../images/pixels';
import { namesOf, nextPause, noted } from '../images/reading';
import type { Reading, StallWatch } from '../images/reading';

/** Decodes pictures of one batch, and knows which it is not done with. */
export interface WatchedDecoder {
  /** As {@link decodeImage}. */
  readonly decode: (file: string) => Promise<RgbImage>;
  /** What was asked for and is not there yet, the oldest first. */
  readonly pending: () => readonly Reading[];
}

/** Nothing is asked for yet. @param read how a file is decoded */
export function watchDecoder(
  read: (file: string) => Promise<RgbImage> = (file) => decodeImage(file),
): WatchedDecoder {
  const pending = new Set<Reading>();
  return {
    decode: (file) => noted(pending, file, () => read(file)),
    pending: () => [...pending],
  };
}

function stallLine(waited: number, { pending }: WatchedDecoder, pause: number): string {
  const asked = pending();
  const files = new Set(asked.map(({ file }) => file)).size;
  const which =
    files === 0 ? 'whose pictures are all read' : `for ${files} of its pictures, ${namesOf(asked)}`;
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
      const next = nextPause(pause);
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
