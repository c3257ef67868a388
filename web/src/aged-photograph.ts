/** @file A photograph and its faces at every age, as layers, and how it is drawn at an age in between. */

import type { Similarity } from '../../src/faces/similarity';
import type { Layer, MaskLayer } from './paste-faces';
import { canvasOf, context } from './pictures';

/** A face at the ages that are there so far, by group. */
export interface FaceLayers {
  readonly pictures: (Layer | undefined)[];
  readonly masks: (MaskLayer | undefined)[];
}

/** A photograph with all its faces. Canvases may be smaller than what they show. */
export interface AgedPhotograph {
  readonly width: number;
  readonly height: number;
  readonly original: HTMLCanvasElement;
  /** From left to right. */
  readonly faces: readonly FaceLayers[];
  /** Indices of the faces that are shown older or younger. */
  readonly shown: Set<number>;
}

/** How dark the photograph becomes behind what was changed. */
const BEHIND_MASK = 'rgb(12 14 18 / 0.72)';

/**
 * Groups that are drawn at a position, and how opaque each is.
 * @param position 0 is the original, 1 the first group; in between, the second lies on the first
 */
function opacitiesAt(position: number): (readonly [number, number])[] {
  const first = Math.floor(position) - 1;
  const share = position - 1 - first;
  return [
    ...(first >= 0 ? [[first, 1] as const] : []),
    ...(share > 0 ? [[first + 1, share] as const] : []),
  ];
}

const shownFaces = ({ faces, shown }: AgedPhotograph): FaceLayers[] =>
  faces.filter((_, i) => shown.has(i));

const drawOriginal = (
  draw: CanvasRenderingContext2D,
  { original, width, height }: AgedPhotograph,
): void => draw.drawImage(original, 0, 0, width, height);

/** Draws the photograph at a position. @param draw takes the photograph's pixels */
export function drawAges(
  draw: CanvasRenderingContext2D,
  photograph: AgedPhotograph,
  position: number,
): void {
  drawOriginal(draw, photograph);
  for (const [group, opacity] of opacitiesAt(position)) {
    draw.globalAlpha = opacity;
    for (const { pictures } of shownFaces(photograph)) {
      const layer = pictures[group];
      if (layer) draw.drawImage(layer.canvas, layer.left, layer.top, layer.width, layer.height);
    }
  }
  draw.globalAlpha = 1;
}

/** A transform between centres of pixels, as a canvas has it, whose pixels begin at whole numbers. */
function setTransform(draw: CanvasRenderingContext2D, { a, b, tx, ty }: Similarity): void {
  draw.transform(a, b, -b, a, tx + (1 - a + b) / 2, ty + (1 - a - b) / 2);
}

/** Draws where the faces were changed at a position, over the darkened photograph. @param draw takes the photograph's pixels */
export function drawMasks(
  draw: CanvasRenderingContext2D,
  photograph: AgedPhotograph,
  position: number,
): void {
  drawOriginal(draw, photograph);
  draw.fillStyle = BEHIND_MASK;
  draw.fillRect(0, 0, photograph.width, photograph.height);
  for (const [group, opacity] of opacitiesAt(position)) {
    for (const { masks } of shownFaces(photograph)) {
      const layer = masks[group];
      if (layer === undefined) continue;
      draw.save();
      setTransform(draw, layer.toPhotograph);
      draw.globalAlpha = opacity;
      draw.drawImage(layer.canvas, 0, 0);
      draw.restore();
    }
  }
}

/** Draws the original left of a share of the width, and the photograph at a position right of it. */
export function drawWipe(
  draw: CanvasRenderingContext2D,
  photograph: AgedPhotograph,
  position: number,
  share: number,
): void {
  drawAges(draw, photograph, position);
  draw.save();
  draw.beginPath();
  draw.rect(0, 0, share * photograph.width, photograph.height);
  draw.clip();
  drawOriginal(draw, photograph);
  draw.restore();
}

/** How much smaller a photograph is drawn so that no side is longer. */
export const scaleTo = (
  side: number,
  { width, height }: Pick<AgedPhotograph, 'width' | 'height'>,
): number => Math.min(1, side / Math.max(width, height));

/** A canvas that a photograph is drawn on, smaller by a scale. */
export function canvasFor(
  { width, height }: Pick<AgedPhotograph, 'width' | 'height'>,
  scale: number,
): HTMLCanvasElement {
  return canvasOf(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
}

/** What draws on a canvas of {@link canvasFor} in the photograph's pixels. */
export function contextFor(
  canvas: HTMLCanvasElement,
  { width, height }: Pick<AgedPhotograph, 'width' | 'height'>,
): CanvasRenderingContext2D {
  const draw = context(canvas);
  draw.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  draw.imageSmoothingQuality = 'high';
  return draw;
}

/** A canvas that shows the same, smaller by a scale: the screen needs no more. */
export function shrunkCanvas(canvas: HTMLCanvasElement, scale: number): HTMLCanvasElement {
  if (scale === 1) return canvas;
  const small = canvasFor(canvas, scale);
  contextFor(small, canvas).drawImage(canvas, 0, 0);
  return small;
}
