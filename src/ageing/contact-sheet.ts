/** @file Sheets of faces: plain grids, and labelled tables of people and ages. */

import sharp from 'sharp';
import { drawText } from '../images/draw-text';
import type { RgbImage } from '../images/image';

const CHANNELS = 3;
const WHITE = { r: 255, g: 255, b: 255 };
const GAP = 4;
const HEADER = 34;
const LABEL_WIDTH = 180;

/** A row of a sheet. */
export interface SheetRow {
  readonly label: string;
  readonly images: readonly RgbImage[];
}

/** Long names end in an ellipsis where the column ends. */
const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** A picture as large as it is on a sheet, so that a sheet of large ones need not hold them. */
export async function toCell(image: RgbImage, cell: number): Promise<RgbImage> {
  const { data, width, height } = image;
  if (width === cell && height === cell) return image;
  return {
    data: await sharp(data, { raw: { width, height, channels: CHANNELS } })
      .resize(cell, cell)
      .raw()
      .toBuffer(),
    width: cell,
    height: cell,
  };
}

/**
 * A table of faces: one row a person, its label at the left, the columns' names above; PNG.
 * @param cell height and width of a face on the sheet, in pixels
 */
export async function contactSheet(
  rows: readonly SheetRow[],
  columnLabels: readonly string[],
  cell: number,
): Promise<Buffer> {
  const width = LABEL_WIDTH + columnLabels.length * (cell + GAP);
  const height = HEADER + rows.length * (cell + GAP);
  const left = (column: number): number => LABEL_WIDTH + column * (cell + GAP);
  const top = (row: number): number => HEADER + row * (cell + GAP);
  const headings = columnLabels.map(async (label, i) => {
    const { png, width: textWidth } = await drawText(label, 12);
    return { input: png, left: Math.max(0, Math.round(left(i) + (cell - textWidth) / 2)), top: 10 };
  });
  const names = rows.map(async ({ label }, i) => {
    const { png, height: textHeight } = await drawText(shortened(label, 20), 10);
    return { input: png, left: 8, top: Math.round(top(i) + (cell - textHeight) / 2) };
  });
  const faces = await Promise.all(
    rows.flatMap(({ images }, row) =>
      images.map(async (image, column) => ({
        input: Buffer.from((await toCell(image, cell)).data),
        raw: { width: cell, height: cell, channels: CHANNELS },
        left: left(column),
        top: top(row),
      })),
    ),
  );
  return sharp({ create: { width, height, channels: CHANNELS, background: WHITE } })
    .composite([...faces, ...(await Promise.all([...headings, ...names]))])
    .png()
    .toBuffer();
}
