/** @file Pictures between files, canvases and the arrays that the arithmetic of src/faces takes. */

import { CHANNELS } from '../../src/images/pixels';
import type { RgbImage } from '../../src/images/pixels';
import { ontoShrunk, sample, shrunkSize } from '../../src/faces/sample';
import { invertSimilarity } from '../../src/faces/similarity';
import type { Similarity } from '../../src/faces/similarity';
import { SaidError } from './said-error';

/** Pixels of the largest canvas that phones have. */
const MOST_PIXELS = 16_777_216;
const RGBA = 4;

/** Where something is drawn. */
export function context(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const found = canvas.getContext('2d', { willReadFrequently: true });
  if (found === null)
    throw new SaidError('This browser has no canvas to draw on. Close other tabs, and try again.');
  return found;
}

/** An empty canvas. */
export function canvasOf(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** What a canvas shows; transparent pixels are white. */
function readCanvas(canvas: HTMLCanvasElement): RgbImage {
  const { width, height } = canvas;
  const rgba = context(canvas).getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * CHANNELS);
  for (let from = 0, to = 0; from < rgba.length; from += RGBA)
    for (let c = 0; c < CHANNELS; c++) data[to++] = rgba[from + c] ?? 0;
  return { data, width, height };
}

/** A new canvas that shows a picture. @param opacity of each of its pixels, 0 to 255; without it they are opaque */
export function toCanvas(
  { data, width, height }: RgbImage,
  opacity?: Uint8Array,
): HTMLCanvasElement {
  const canvas = canvasOf(width, height);
  const pixels = new ImageData(width, height);
  for (let to = 0, from = 0; to < pixels.data.length; to += RGBA) {
    for (let c = 0; c < CHANNELS; c++) pixels.data[to + c] = data[from++] ?? 0;
    pixels.data[to + CHANNELS] = opacity?.[to / RGBA] ?? 255;
  }
  context(canvas).putImageData(pixels, 0, 0);
  return canvas;
}

/** A picture as large as is asked for, on white. */
function onWhite(
  source: CanvasImageSource,
  size: { readonly width: number; readonly height: number },
): RgbImage {
  const canvas = canvasOf(size.width, size.height);
  const draw = context(canvas);
  draw.fillStyle = 'white';
  draw.fillRect(0, 0, size.width, size.height);
  draw.imageSmoothingQuality = 'high';
  draw.drawImage(source, 0, 0, size.width, size.height);
  return readCanvas(canvas);
}

/** A picture in another size, smoothly. */
export const resized = (
  image: RgbImage,
  size: { readonly width: number; readonly height: number },
): RgbImage => onWhite(toCanvas(image), size);

/** The picture seen through a transform (its pixels → output pixels), as src/faces/warp.ts draws it. */
export function warp(
  image: RgbImage,
  transform: Similarity,
  outWidth: number,
  outHeight = outWidth,
): RgbImage {
  const back = invertSimilarity(transform);
  const size = shrunkSize(image, transform);
  if (size === null) return sample(image, back, outWidth, outHeight);
  const small = resized(image, size);
  return sample(small, ontoShrunk(back, small.width / image.width), outWidth, outHeight);
}

/** A photograph, and whether it had to be made smaller. */
export interface Photograph {
  readonly image: RgbImage;
  readonly isSmaller: boolean;
}

/** Decodes a file, upright as its camera says. @throws SaidError for what is no picture that this browser reads */
export async function readPhotograph(file: Blob, name: string): Promise<Photograph> {
  if (/\.(heic|heif)$/i.test(name) || /hei[cf]/.test(file.type))
    throw new SaidError(
      `${name} is a HEIC picture, which browsers cannot read. Save it as JPEG: on an iPhone, Settings, Camera, Formats, Most Compatible.`,
    );
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(
    (cause: unknown) => {
      throw new SaidError(
        `${name} is not a picture that this browser can read. Choose a JPEG, PNG or WebP file.`,
        { cause },
      );
    },
  );
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const size = {
    width: Math.max(1, Math.floor(bitmap.width * scale)),
    height: Math.max(1, Math.floor(bitmap.height * scale)),
  };
  try {
    return { image: onWhite(bitmap, size), isSmaller: scale < 1 };
  } finally {
    bitmap.close();
  }
}
