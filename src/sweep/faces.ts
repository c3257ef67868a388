/** @file The same faces at every age as each run of a sweep shows them: cut from the grids that runs write while they train. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { decodeImage, shrinkImage } from '../images/image';
import { imageGrid } from '../images/image-grid';
import type { Html } from '../pages/html';
import { inlineImage } from '../pages/inline-picture';
import type { RgbImage } from '../images/pixels';
import { cropImage } from '../images/pixels';

/** How many of the held-out faces are shown. */
export const SHOWN_FACES = 3;
/** Side of a face on the page, in pixels. */
const SIDE = 46;
/** The grids of a run have eight columns. */
const COLUMNS = 8;

/** Faces of a run's newest samples, ready to be shown. */
export interface FaceStrip {
  /** For each face its source, then every age group. */
  readonly picture: Html;
  readonly step: number;
}

async function newestSamples(directory: string): Promise<number | null> {
  const steps = (await readdir(directory).catch(() => [])).map(Number).filter(Number.isInteger);
  return steps.length > 0 ? Math.max(...steps) : null;
}

/** The first faces of a grid, each of the page's size. */
async function firstFaces(file: string): Promise<RgbImage[]> {
  const grid = await decodeImage(file);
  const side = grid.width / COLUMNS;
  const tiles = Array.from({ length: SHOWN_FACES }, (_, i) =>
    cropImage(grid, { x: i * side, y: 0, width: side, height: side }),
  );
  return Promise.all(tiles.map((tile) => shrinkImage(tile, { width: SIDE, height: SIDE })));
}

/** @param directory of the run; null where it has written no samples yet */
export async function faceStrip(directory: string): Promise<FaceStrip | null> {
  const samples = path.join(directory, 'samples');
  const step = await newestSamples(samples);
  if (step === null) return null;
  const files = [path.join(samples, String(step), 'source.jpg')];
  for (let group = 0; existsSync(path.join(samples, String(step), `test_${group}.jpg`)); group++)
    files.push(path.join(samples, String(step), `test_${group}.jpg`));
  const byGrid = await Promise.all(files.map(firstFaces));
  const ordered = Array.from({ length: SHOWN_FACES }, (_, face) =>
    byGrid.flatMap((faces) => faces[face] ?? []),
  ).flat();
  return { picture: await inlineImage(imageGrid(ordered, 1, ordered.length)), step };
}
