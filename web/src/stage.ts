/** @file The large picture: the photograph at an age, beside the original, or where it was changed. */

import {
  canvasFor,
  contextFor,
  drawAges,
  drawMasks,
  drawWipe,
  scaleTo,
  shrunkCanvas,
} from './aged-photograph';
import type { AgedPhotograph } from './aged-photograph';
import { element, inputElement } from './status';

/** What the large picture shows. */
const VIEWS = ['aged', 'wipe', 'mask'] as const;
type View = (typeof VIEWS)[number];

/** A screen shows no more pixels than this along a side. */
const MOST_SIDE = 1600;

/** The large picture of one photograph. */
export interface Stage {
  position(): number;
  /** Shows another position: 0 is the original, 1 the first group. */
  moveTo(position: number): void;
  /** Takes up a group whose layers are there now. */
  add(group: number): void;
  draw(): void;
}

const viewInput = (view: View): HTMLInputElement => inputElement(`view-${view}`);

/** What is chosen now. */
const chosenView = (): View => VIEWS.find((view) => viewInput(view).checked) ?? 'aged';

/** Shows a photograph in place of the one before. @param names of the positions */
export function openStage(photograph: AgedPhotograph, names: readonly string[]): Stage {
  const scale = scaleTo(MOST_SIDE, photograph);
  // layers as large as the screen needs them; what is downloaded is drawn anew
  const onScreen: AgedPhotograph = {
    ...photograph,
    original: shrunkCanvas(photograph.original, scale),
    faces: photograph.faces.map(({ masks }) => ({ pictures: [], masks })),
  };
  const canvas = canvasFor(photograph, scale);
  const draw = contextFor(canvas, photograph);
  canvas.setAttribute('role', 'img');
  canvas.id = 'picture';
  const wipe = inputElement('wipe');
  const frame = element('stage');
  let position = 0;
  const show = (): void => {
    const view = chosenView();
    const name = names[Math.round(position)] ?? '';
    const share = Number(wipe.value) / Number(wipe.max);
    frame.dataset.view = view;
    // the line is where the pictures meet
    frame.style.setProperty('--wipe', `${100 * share}%`);
    element('after').textContent = name;
    const drawings: Readonly<Record<View, () => string>> = {
      aged: () => {
        drawAges(draw, onScreen, position);
        return `The photograph, ${name}`;
      },
      wipe: () => {
        drawWipe(draw, onScreen, position, share);
        return `The original on the left, ${name} on the right`;
      },
      mask: () => {
        drawMasks(draw, onScreen, position);
        return `Where the photograph was changed at ${name}`;
      },
    };
    canvas.setAttribute('aria-label', drawings[view]());
  };
  for (const view of VIEWS) viewInput(view).onchange = show;
  wipe.oninput = show;
  element('large').replaceChildren(canvas);
  return {
    position: () => position,
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
    },
    draw: show,
  };
}
