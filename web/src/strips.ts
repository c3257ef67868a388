/** @file Faces at every age in rows: a click shows the photograph at that age; of several faces, a tick says which are changed. */

import type { RgbImage } from '../../src/images/pixels';
import { toCanvas } from './pictures';
import { create, element } from './status';

/** What a reader does with the rows. */
export interface StripActions {
  /** A position: 0 is the original, 1 the first group. */
  choose(position: number): void;
  /** Whether a face is shown changed. */
  change(face: number, isShown: boolean): void;
}

/** The rows of one photograph. */
export interface Strips {
  /** Shows a face at a position. */
  add(face: number, position: number, crop: RgbImage): void;
  /** Lets a position be chosen. */
  enable(position: number): void;
  /** Marks the position that is shown. */
  mark(position: number): void;
}

/** Rows in place of those before. @param names of the positions */
export function openStrips(
  inputs: readonly RgbImage[],
  names: readonly string[],
  actions: StripActions,
): Strips {
  const nameOf = (face: number): string => (inputs.length === 1 ? 'Face' : `Face ${face + 1}`);
  const rows = inputs.map((_, face) =>
    names.map((name, position) => {
      const button = create('button', { type: 'button', className: 'crop', disabled: true });
      button.setAttribute('aria-label', `${nameOf(face)}, ${name}`);
      button.append(create('span', { className: 'blank' }), create('span', { textContent: name }));
      button.addEventListener('click', () => actions.choose(position));
      return button;
    }),
  );
  const put = (face: number, position: number, crop: RgbImage): void => {
    const canvas = toCanvas(crop);
    rows[face]?.[position]?.firstElementChild?.replaceWith(canvas);
  };
  const enable = (position: number): void => {
    for (const row of rows) row[position]?.toggleAttribute('disabled', false);
  };
  inputs.forEach((input, face) => put(face, 0, input));
  enable(0);
  element('strips').replaceChildren(
    ...rows.map((buttons, face) => {
      const row = create('div', { className: 'strip' }, ...buttons);
      row.setAttribute('role', 'group');
      row.setAttribute('aria-label', nameOf(face));
      if (rows.length === 1) return row;
      const tick = create('input', { type: 'checkbox', checked: true });
      tick.addEventListener('change', () => actions.change(face, tick.checked));
      const label = create('label', { className: 'tick' }, tick, ` Change face ${face + 1}`);
      return create('div', {}, label, row);
    }),
  );
  return {
    add: put,
    enable,
    mark: (at) => {
      for (const row of rows)
        for (const [position, button] of row.entries())
          button.setAttribute('aria-pressed', String(position === at));
    },
  };
}
