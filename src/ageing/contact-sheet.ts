/** @file The contact sheet: a labelled table of people and ages. */

import path from 'node:path';
import sharp from 'sharp';
import { replaceFile } from '../files/durable-write';
import { drawText } from '../images/draw-text';
import type { RgbImage } from '../images/pixels';

const CHANNELS = 3;
const WHITE = { r: 255, g: 255, b: 255 };
const GAP = 4;
/** Pixels above the first row. */
export const SHEET_TOP = 34;
/** Pixels to the left of the first column. */
export const SHEET_LABEL_WIDTH = 180;
/** Height and width of a face on the sheet, in pixels. */
export const CELL_SIZE = 128;
/** Rows beyond which it would not be looked at. */
const MOST_ROWS = 100;
/** Its name in the folder of the results. */
export const SHEET_FILE = 'contact-sheet.png';

/** A person: a name, and pictures of {@link CELL_SIZE}². */
interface SheetRow {
  readonly label: string;
  readonly images: readonly RgbImage[];
}

/** Long names end in an ellipsis where the column ends. */
const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** A picture as large as it is on a sheet, so that a sheet of large ones need not hold them; squeezed where it is not square, as the generator sees it. */
async function toCell(image: RgbImage): Promise<RgbImage> {
  const { data, width, height } = image;
  if (width === CELL_SIZE && height === CELL_SIZE) return image;
  return {
    data: await sharp(data, { raw: { width, height, channels: CHANNELS } })
      .resize(CELL_SIZE, CELL_SIZE, { fit: 'fill' })
      .raw()
      .toBuffer(),
    width: CELL_SIZE,
    height: CELL_SIZE,
  };
}

/** A table of faces: one row a person, its label at the left, the columns' names above; PNG. */
async function drawSheet(
  rows: readonly SheetRow[],
  columnLabels: readonly string[],
): Promise<Buffer> {
  const width = SHEET_LABEL_WIDTH + columnLabels.length * (CELL_SIZE + GAP);
  const height = SHEET_TOP + rows.length * (CELL_SIZE + GAP);
  const left = (column: number): number => SHEET_LABEL_WIDTH + column * (CELL_SIZE + GAP);
  const top = (row: number): number => SHEET_TOP + row * (CELL_SIZE + GAP);
  const headings = columnLabels.map(async (label, i) => {
    const { png, width: textWidth } = await drawText(label, 12);
    return {
      input: png,
      left: Math.max(0, Math.round(left(i) + (CELL_SIZE - textWidth) / 2)),
      top: 10,
    };
  });
  const names = rows.map(async ({ label }, i) => {
    const { png, height: textHeight } = await drawText(shortened(label, 20), 10);
    return { input: png, left: 8, top: Math.round(top(i) + (CELL_SIZE - textHeight) / 2) };
  });
  const faces = rows.flatMap(({ images }, row) =>
    images.map(({ data }, column) => ({
      input: Buffer.from(data),
      raw: { width: CELL_SIZE, height: CELL_SIZE, channels: CHANNELS } as const,
      left: left(column),
      top: top(row),
    })),
  );
  return sharp({ create: { width, height, channels: CHANNELS, background: WHITE } })
    .composite([...faces, ...(await Promise.all([...headings, ...names]))])
    .png()
    .toBuffer();
}

/** A sheet that grows by a row a person; it holds them as large as they are shown. */
export class ContactSheet {
  readonly #rows: SheetRow[] = [];

  /** @param columns names above the pictures */
  constructor(private readonly columns: readonly string[]) {}

  /** Adds a person's pictures, one a column; beyond the hundredth person nothing. */
  async add(label: string, images: readonly RgbImage[]): Promise<void> {
    if (this.#rows.length < MOST_ROWS)
      this.#rows.push({ label, images: await Promise.all(images.map(toCell)) });
  }

  /** The sheet as PNG. */
  encode(): Promise<Buffer> {
    return drawSheet(this.#rows, this.columns);
  }

  /** Writes contact-sheet.png in one move. @returns its path */
  async write(folder: string): Promise<string> {
    const file = path.join(folder, SHEET_FILE);
    await replaceFile(file, await this.encode());
    return file;
  }
}
