/** @file A confusion matrix as a picture: a row a true class, a column a guess, darker for a larger share of the row. */

import sharp from 'sharp';
import type { OverlayOptions } from 'sharp';
import { drawText } from './draw-text';

const CELL = 72;
const LABELS = 110;
const HEADING = 56;
/** Beyond so many classes numbers and names are too small to read. */
const MOST_WITH_TEXT = 12;
const SMALL_CELL = 6;
const FROM = [247, 250, 253] as const;
const TO = [20, 64, 124] as const;

/** A PNG with its size. */
export interface PngPicture {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
}

const shade = (share: number): { r: number; g: number; b: number } => {
  const [r, g, b] = FROM.map((from, i) => Math.round(from + share * ((TO[i] ?? 0) - from))) as [number, number, number];
  return { r, g, b };
};

/**
 * Draws counts as shares of their rows.
 * @param matrix a row a true class
 * @param names of the classes, in order
 */
export async function confusionPicture(matrix: readonly (readonly number[])[], names: readonly string[]): Promise<PngPicture> {
  const hasText = names.length <= MOST_WITH_TEXT;
  const cell = hasText ? CELL : SMALL_CELL;
  const [left, top] = hasText ? [LABELS, HEADING] : [0, 0];
  const [width, height] = [left + names.length * cell, top + names.length * cell];
  const layers: OverlayOptions[] = [];
  const centred = async (text: string, points: number, x: number, y: number, colour?: string): Promise<void> => {
    const drawn = await drawText(text, points, colour);
    layers.push({
      input: drawn.png,
      left: Math.max(0, Math.round(x - drawn.width / 2)),
      top: Math.max(0, Math.round(y - drawn.height / 2)),
    });
  };
  for (const [i, row] of matrix.entries()) {
    const all = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    for (const [j, count] of row.entries()) {
      const share = count / all;
      const create = { width: cell - 1, height: cell - 1, channels: 3, background: shade(share) } as const;
      layers.push({ input: { create }, left: left + j * cell, top: top + i * cell });
      if (!hasText) continue;
      const [x, y] = [left + (j + 0.5) * cell, top + (i + 0.5) * cell];
      const colour = share > 0.5 ? '#ffffff' : '#222222';
      await centred(`${(100 * share).toFixed(0)} %`, 13, x, y - 8, colour);
      await centred(String(count), 9, x, y + 14, colour);
    }
    if (!hasText) continue;
    await centred(names[i] ?? '', 12, left / 2, top + (i + 0.5) * cell);
    await centred(names[i] ?? '', 12, left + (i + 0.5) * cell, top - 16);
  }
  if (hasText) await centred('guessed; rows are true', 11, left + (width - left) / 2, 12);
  const png = await sharp({ create: { width, height, channels: 3, background: { r: 255, g: 255, b: 255 } } })
    .composite(layers)
    .png()
    .toBuffer();
  return { png, width, height };
}
