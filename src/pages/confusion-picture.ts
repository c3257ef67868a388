/** @file A confusion matrix as a picture: a row a true class, a column a guess, darker for a larger share of the row. */

import sharp from 'sharp';
import type { OverlayOptions } from 'sharp';
import { drawText } from '../images/draw-text';

const CELL = 72;
const LABELS = 110;
const HEADING = 56;
/** Beyond so many classes numbers and names are too small to read. */
export const MOST_WITH_TEXT = 12;
const SMALL_CELL = 6;
/** Of the picture's cells, in pixels: with more classes than that a pixel is the darkest of its cells. */
const LARGEST_SIDE = 1200;
const FROM = [247, 250, 253] as const;
const TO = [20, 64, 124] as const;
const COLOURS = 3;

type Matrix = readonly (readonly number[])[];

/** A PNG with its size. */
export interface PngPicture {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
}

/** A share of its row for each count. */
function sharesOf(row: readonly number[]): number[] {
  const all = row.reduce((sum, count) => sum + count, 0);
  return row.map((count) => count / Math.max(1, all));
}

/** The cells, by pixel: its share, or -1 between cells. */
function paintCells(matrix: Matrix, side: number): Float32Array {
  const cell = side / matrix.length;
  const gap = cell >= SMALL_CELL ? 1 : 0;
  const span = (i: number): [from: number, to: number] => {
    const from = Math.floor(i * cell);
    return [from, Math.max(from + 1, Math.floor((i + 1) * cell) - gap)];
  };
  const pixels = new Float32Array(side * side).fill(-1);
  for (const [i, row] of matrix.entries()) {
    const [top, bottom] = span(i);
    for (const [j, share] of sharesOf(row).entries()) {
      const [left, right] = span(j);
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++)
          pixels[y * side + x] = Math.max(share, pixels[y * side + x] ?? -1);
    }
  }
  return pixels;
}

/** White for -1, then lighter to darker. */
function coloured(shares: Float32Array): Buffer {
  const bytes = Buffer.alloc(shares.length * COLOURS, 255);
  for (const [i, share] of shares.entries())
    if (share >= 0)
      FROM.forEach(
        (from, colour) =>
          (bytes[i * COLOURS + colour] = Math.round(from + share * ((TO[colour] ?? 0) - from))),
      );
  return bytes;
}

/** Counts, shares and names over cells of {@link CELL} pixels, and a line on how to read them. */
async function labelsOf(matrix: Matrix, names: readonly string[]): Promise<OverlayOptions[]> {
  const layers: OverlayOptions[] = [];
  const centred = async (
    text: string,
    points: number,
    x: number,
    y: number,
    colour?: string,
  ): Promise<void> => {
    const drawn = await drawText(text, points, colour);
    const [left, top] = [x - drawn.width / 2, y - drawn.height / 2].map((corner) =>
      Math.max(0, Math.round(corner)),
    ) as [number, number];
    layers.push({ input: drawn.png, left, top });
  };
  for (const [i, row] of matrix.entries()) {
    const shares = sharesOf(row);
    for (const [j, count] of row.entries()) {
      const share = shares[j] ?? 0;
      const x = LABELS + (j + 0.5) * CELL;
      const y = HEADING + (i + 0.5) * CELL;
      const colour = share > 0.5 ? '#ffffff' : '#222222';
      await centred(`${(100 * share).toFixed(0)} %`, 13, x, y - 8, colour);
      await centred(String(count), 9, x, y + 14, colour);
    }
    await centred(names[i] ?? '', 12, LABELS / 2, HEADING + (i + 0.5) * CELL);
    await centred(names[i] ?? '', 12, LABELS + (i + 0.5) * CELL, HEADING - 16);
  }
  await centred('guessed; rows are true', 11, LABELS + (matrix.length * CELL) / 2, 12);
  return layers;
}

/**
 * Draws counts as shares of their rows: with their numbers and names up to {@link MOST_WITH_TEXT} classes, at most 1,200 pixels wide
 * however many there are.
 * @param matrix a row a true class
 * @param names of the classes, in order
 */
export async function confusionPicture(
  matrix: Matrix,
  names: readonly string[],
): Promise<PngPicture> {
  const hasText = names.length <= MOST_WITH_TEXT;
  const side = hasText ? names.length * CELL : Math.min(names.length * SMALL_CELL, LARGEST_SIDE);
  const [left, top] = hasText ? [LABELS, HEADING] : [0, 0];
  const width = left + side;
  const height = top + side;
  const cells = {
    input: coloured(paintCells(matrix, side)),
    raw: { width: side, height: side, channels: COLOURS },
    left,
    top,
  } as const;
  const png = await sharp({
    create: { width, height, channels: 3, background: { r: 255, g: 255, b: 255 } },
  })
    .composite([cells, ...(hasText ? await labelsOf(matrix, names) : [])])
    .png()
    .toBuffer();
  return { png, width, height };
}
