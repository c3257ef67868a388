/** @file A video that moves through the ages, made by the browser's own recorder. */

import { drawAges, fitTo } from './aged-photograph';
import type { AgedPhotograph, Part } from './aged-photograph';
import { SaidError } from './said-error';

/** Longest side, in pixels: encoders of phones take it. A small part is enlarged to it, but not by more than this. */
const SIDE = 960;
const MOST_ENLARGED = 3;
const FRAMES_PER_SECOND = 25;
const BITS_PER_SECOND = 4_000_000;
/** Seconds from one age to the next, and at each. */
const MOVING = 0.7;
const RESTING = 0.5;
const TYPES = ['video/webm;codecs=vp9', 'video/webm', 'video/mp4'] as const;

/** The type that this browser records, and null where it records none. */
export const morphType = (): string | null =>
  typeof MediaRecorder === 'undefined'
    ? null
    : (TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? null);

/** Rests, then moves smoothly, again and again. @param seconds since the beginning */
export function positionAt(seconds: number, last: number): number {
  const step = Math.floor(seconds / (RESTING + MOVING));
  if (step >= last) return last;
  const moved = Math.max(0, seconds - step * (RESTING + MOVING) - RESTING) / MOVING;
  return step + moved * moved * (3 - 2 * moved);
}

/**
 * Records a part of the photograph from the original to the oldest age, as long as it takes to watch.
 * @param last position
 * @param onProgress is told how much is done, 0 to 1
 * @throws SaidError where the browser cannot
 */
export async function recordMorph(
  photograph: AgedPhotograph,
  part: Part,
  last: number,
  onProgress: (share: number) => void,
): Promise<Blob> {
  const type = morphType();
  if (type === null)
    throw new SaidError('This browser cannot record videos. Save single pictures, or use another.');
  const canvas = document.createElement('canvas');
  const scale = Math.min(MOST_ENLARGED, SIDE / Math.max(part.width, part.height));
  const draw = fitTo(canvas, part, scale);
  const recorder = new MediaRecorder(canvas.captureStream(FRAMES_PER_SECOND), {
    mimeType: type,
    videoBitsPerSecond: BITS_PER_SECOND,
  });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const ended = new Promise<void>((resolve, reject) => {
    recorder.addEventListener('stop', () => resolve());
    recorder.addEventListener('error', () =>
      reject(new SaidError('The video could not be recorded. Try again, or save single pictures.')),
    );
  });
  const length = last * (RESTING + MOVING) + 2 * RESTING;
  drawAges(draw, photograph, 0);
  recorder.start();
  const started = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const seconds = (performance.now() - started) / 1000;
      drawAges(draw, photograph, positionAt(seconds, last));
      onProgress(Math.min(1, seconds / length));
      if (seconds < length) return;
      clearInterval(timer);
      resolve();
    }, 1000 / FRAMES_PER_SECOND);
  });
  recorder.stop();
  await ended;
  return new Blob(parts, { type: type.split(';')[0] ?? type });
}
