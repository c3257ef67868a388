/** @file The large picture: the photograph at an age, beside the original, or where it was changed; whole or its faces alone. */

import {
  drawAges,
  drawMasks,
  drawWipe,
  fitTo,
  partOfFaces,
  scaleTo,
  shrunkCanvas,
  wholeOf,
} from './aged-photograph';
import type { AgedPhotograph, Part } from './aged-photograph';
import { create, element, inputElement } from './status';

/** What the large picture shows. */
const VIEWS = ['aged', 'wipe', 'mask'] as const;
type View = (typeof VIEWS)[number];

/** A screen shows no more pixels than this along a side. */
const MOST_SIDE = 1600;
/** Faces that have less than this share of a photograph are shown close up at first. */
const SMALL_FACES = 0.25;

/** The large picture of one photograph. */
export interface Stage {
  /** 0 is the original, 1 the first group. */
  position(): number;
  /** What it shows of the photograph. */
  part(): Part;
  moveTo(position: number): void;
  /** Takes up a group whose layers are there now. */
  add(group: number): void;
  draw(): void;
}

const viewInput = (view: View): HTMLInputElement => inputElement(`view-${view}`);

/** What is chosen now. */
const chosenView = (): View => VIEWS.find((view) => viewInput(view).checked) ?? 'aged';

const areaOf = ({ width, height }: Part): number => width * height;

/** Shows a photograph in place of the one before. @param names of the positions */
export function openStage(photograph: AgedPhotograph, names: readonly string[]): Stage {
  const scale = scaleTo(MOST_SIDE, photograph);
  // layers as large as a screen needs them; faces close up, and what is saved, are drawn of all pixels
  const onScreen: AgedPhotograph = {
    ...photograph,
    original: shrunkCanvas(photograph.original, scale),
    faces: photograph.faces.map(({ masks }) => ({ pictures: [], masks })),
  };
  const canvas = create('canvas', { id: 'picture', role: 'img' });
  const wipe = inputElement('wipe');
  const close = inputElement('close-up');
  const frame = element('stage');
  let position = 0;
  let part = wholeOf(photograph);
  let draw = fitTo(canvas, part, scale);
  const show = (): void => {
    const view = chosenView();
    const name = names[Math.round(position)] ?? '';
    const share = Number(wipe.value) / Number(wipe.max);
    const layers = close.checked ? photograph : onScreen;
    frame.dataset.view = view;
    // the line is where the pictures meet
    frame.style.setProperty('--wipe', `${100 * share}%`);
    element('after').textContent = name;
    const drawings: Readonly<Record<View, () => string>> = {
      aged: () => {
        drawAges(draw, layers, position);
        return `The photograph, ${name}`;
      },
      wipe: () => {
        drawWipe(draw, layers, position, part, share);
        return `The original on the left, ${name} on the right`;
      },
      mask: () => {
        drawMasks(draw, layers, position);
        return `Where the photograph was changed at ${name}`;
      },
    };
    canvas.setAttribute('aria-label', drawings[view]());
  };
  const frameFaces = (): void => {
    part = close.checked ? partOfFaces(photograph) : wholeOf(photograph);
    draw = fitTo(canvas, part, scaleTo(MOST_SIDE, part));
    frame.style.setProperty('--ratio', String(part.width / part.height));
    show();
  };
  for (const view of VIEWS) viewInput(view).onchange = show;
  wipe.oninput = show;
  close.onchange = frameFaces;
  close.checked = false;
  frameFaces();
  element('large').replaceChildren(canvas);
  let isFirst = true;
  return {
    position: () => position,
    part: () => part,
    moveTo: (to) => {
      position = to;
      show();
    },
    add: (group) => {
      for (const [i, { pictures, masks }] of photograph.faces.entries()) {
        const layer = pictures[group];
        const small = onScreen.faces[i];
        if (layer && small)
          small.pictures[group] = { ...layer, canvas: shrunkCanvas(layer.canvas, scale) };
        if (masks.length > 0) element('mask-choice').hidden = false;
      }
      if (!isFirst) return;
      isFirst = false;
      close.checked = areaOf(partOfFaces(photograph)) < SMALL_FACES * areaOf(part);
      frameFaces();
    },
    draw: show,
  };
}
