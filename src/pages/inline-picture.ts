/** @file Pictures that a page holds itself. */

import { encodeJpeg, shrinkImage } from '../images/image';
import { html } from './html';
import type { Html } from './html';
import type { RgbImage } from '../images/pixels';

/** A picture of its own size in a page. */
export async function inlineImage(image: RgbImage): Promise<Html> {
  const jpeg = (await encodeJpeg(image)).toString('base64');
  const { width, height } = image;
  return html`<img
    src="data:image/jpeg;base64,${jpeg}"
    width="${width}"
    height="${height}"
    alt=""
  />`;
}

/** A picture shrunk to a square in a page. @param side in pixels */
export const inlinePicture = async (image: RgbImage, side: number): Promise<Html> =>
  inlineImage(await shrinkImage(image, { width: side, height: side }));
