/** @file The page that `export --to=web` writes, in a browser: photographs in, pictures out. */

import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { runExport } from '../../src/cli/export';
import { resolveConfig } from '../../src/config/load';
import { decodeImage } from '../../src/images/image';
import type { RgbImage } from '../../src/images/pixels';
import { writeRandomModel } from './random-generator';

/** A small generator with a mask, and the page of it; needs an open engine. @param home an empty folder */
export async function exportRandomPage(
  home: string,
): Promise<{ readonly model: string; readonly folder: string; readonly told: unknown }> {
  const model = path.join(home, 'model');
  await writeRandomModel(model, { kind: 'shaded', upsampling: 'resize', labelScale: 1 });
  const folder = path.join(home, 'page');
  const said = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const config = resolveConfig('export', { to: 'web', model, out: folder, json: true });
  expect(await runExport(config)).toBe(0);
  const told = JSON.parse(String(said.mock.calls.at(-1)?.[0])) as unknown;
  said.mockRestore();
  return { model, folder, told };
}

/** Milliseconds that anything may take on a busy machine. */
export const PATIENCE = 240_000;

/** Waits until it stands so. @returns what the page says */
export async function untilState(page: Page, ...states: readonly string[]): Promise<string> {
  const places = states.map((state) => `body[data-state="${state}"]`).join(', ');
  await page.locator(places).waitFor({ timeout: PATIENCE });
  return (await page.locator('#status').textContent()) ?? '';
}

/** Does what takes a photograph in, and waits until it is shown, or cannot be. @returns what the page says */
export async function untilShown(page: Page, take: () => Promise<unknown>): Promise<string> {
  await page.evaluate('void (document.body.dataset.state = "asked")');
  await take();
  return untilState(page, 'done', 'error');
}

/** A canvas in the browser. */
interface Shown {
  toDataURL(): string;
}

/** What a canvas shows, to the last bit. */
export async function pixelsOf(canvas: Locator): Promise<RgbImage> {
  const url = await canvas.evaluate((shown: unknown) => (shown as Shown).toDataURL());
  return decodeImage(Buffer.from(url.split(',')[1] ?? '', 'base64'), 'a canvas');
}

/** Mean difference of two pictures of one size, in levels. */
export function meanDifference(a: RgbImage, b: RgbImage): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  const sum = a.data.reduce((total, value, i) => total + Math.abs(value - (b.data[i] ?? NaN)), 0);
  return sum / a.data.length;
}

/** A part of a picture. */
export async function partOf(
  image: RgbImage,
  part: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  },
): Promise<RgbImage> {
  const { data, width, height } = image;
  const cut = await sharp(data, { raw: { width, height, channels: 3 } })
    .extract(part)
    .raw()
    .toBuffer();
  return { data: new Uint8Array(cut), width: part.width, height: part.height };
}
