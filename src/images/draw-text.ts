/** @file Draws a line of text as a picture, in a font of our own. */

import sharp from 'sharp';

/** A machine without any font would draw labels as nothing. */
const FONT_FILE = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');

const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** A line of text as a picture, to be laid on the sheet. @param points size of the letters */
export async function drawText(
  text: string,
  points: number,
  colour = '#222222',
): Promise<{ png: Buffer; width: number; height: number }> {
  const markup = `<span foreground="${colour}">${escapeXml(text)}</span>`;
  const { data, info } = await sharp({
    text: { text: markup, fontfile: FONT_FILE, font: `DejaVu Sans ${points}`, rgba: true, dpi: 96 },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { png: data, width: info.width, height: info.height };
}
