/** @file A photograph and its faces at every age, as layers, and how it is drawn at an age in between. */

import type { Similarity } from '../../src/faces/similarity';
import type { Layer, MaskLayer } from './paste-faces';
import { context } from './pictures';

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
const BEHIND_MASK = 'rgb(12 14 18 / 0.62)';

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

/** A part of a photograph, in its pixels. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** All of it. */
export const wholeOf = ({ width, height }: AgedPhotograph): Part => ({
  left: 0,
  top: 0,
  width,
  height,
});

/** The part that shows all faces, as far as they are there. */
export function partOfFaces(photograph: AgedPhotograph): Part {
  const layers = photograph.faces.flatMap(({ pictures }) =>
    pictures.filter((layer) => layer).slice(0, 1),
  );
  const [first, ...others] = layers as Layer[];
  if (first === undefined) return wholeOf(photograph);
  return others.reduce<Part>((part, layer) => {
    const left = Math.min(part.left, layer.left);
    const top = Math.min(part.top, layer.top);
    const right = Math.max(part.left + part.width, layer.left + layer.width);
    const bottom = Math.max(part.top + part.height, layer.top + layer.height);
    return { left, top, width: right - left, height: bottom - top };
  }, first);
}

/** Draws the original left of a share of a part's width, and the photograph at a position right of it. */
export function drawWipe(
  draw: CanvasRenderingContext2D,
  photograph: AgedPhotograph,
  position: number,
  { left, top, width, height }: Part,
  share: number,
): void {
  drawAges(draw, photograph, position);
  draw.save();
  draw.beginPath();
  draw.rect(left, top, share * width, height);
  draw.clip();
  drawOriginal(draw, photograph);
  draw.restore();
}

/** Width and height. */
type Size = Pick<Part, 'width' | 'height'>;

/** How much smaller something is drawn so that no side is longer. */
export const scaleTo = (side: number, { width, height }: Size): number =>
  Math.min(1, side / Math.max(width, height));

/** Makes a canvas as large as a part of a photograph, or smaller by a scale. @returns what draws on it in the photograph's pixels */
export function fitTo(
  canvas: HTMLCanvasElement,
  part: Part,
  scale: number,
): CanvasRenderingContext2D {
  canvas.width = Math.max(1, Math.round(part.width * scale));
  canvas.height = Math.max(1, Math.round(part.height * scale));
  const draw = context(canvas);
  draw.scale(canvas.width / part.width, canvas.height / part.height);
  draw.translate(-part.left, -part.top);
  draw.imageSmoothingQuality = 'high';
  return draw;
}

/** A canvas that shows the same, smaller by a scale: the screen needs no more. */
export function shrunkCanvas(canvas: HTMLCanvasElement, scale: number): HTMLCanvasElement {
  if (scale === 1) return canvas;
  const small = document.createElement('canvas');
  const { width, height } = canvas;
  fitTo(small, { left: 0, top: 0, width, height }, scale).drawImage(canvas, 0, 0);
  return small;
}
