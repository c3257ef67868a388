/** @file What came out: the large picture, and faces at every age under it. */

import type { RgbImage } from '../../src/images/pixels';
import type { AgedPhotograph } from './aged-photograph';
import { offerDownloads } from './downloads';
import { openStage } from './stage';
import { element, inputElement } from './status';
import { openStrips } from './strips';

/** A result that grows. */
export interface OpenResult {
  /** Shows a face at a group. */
  showCrop(face: number, group: number, crop: RgbImage): void;
  /** All faces are there at a group: the photograph, too. */
  showGroup(group: number): void;
  /** Everything is there. */
  finish(): void;
}

/**
 * Shows a photograph, before any age is there.
 * @param inputs its faces as the generator sees them
 * @param groups names of the age groups
 */
export function openResult(
  photograph: AgedPhotograph,
  inputs: readonly RgbImage[],
  groups: readonly string[],
): OpenResult {
  const slider = inputElement('slider');
  const names = ['original', ...groups];
  const stage = openStage(photograph, names);
  slider.max = String(groups.length);
  // the slider's ends are over the first and the last face
  element('result').style.setProperty('--positions', String(names.length));
  slider.disabled = true;
  slider.oninput = () => moveTo(Number(slider.value));
  const strips = openStrips(inputs, names, {
    choose: (position) => moveTo(position),
    change: (face, isShown) => {
      if (isShown) photograph.shown.add(face);
      else photograph.shown.delete(face);
      stage.draw();
    },
  });
  function moveTo(position: number): void {
    slider.value = String(position);
    const name = names[Math.round(position)] ?? '';
    slider.setAttribute('aria-valuetext', name);
    element('age').textContent = name;
    strips.mark(Math.round(position));
    stage.moveTo(position);
  }
  const downloads = offerDownloads(photograph, names, stage);
  moveTo(0);
  element('result').hidden = false;
  document.body.dataset.result = 'shown';
  let isFirst = true;
  return {
    showCrop: (face, group, crop) => strips.add(face, group + 1, crop),
    showGroup: (group) => {
      strips.enable(group + 1);
      stage.add(group);
      if (isFirst) moveTo(group + 1);
      isFirst = false;
      stage.draw();
    },
    finish: () => {
      slider.disabled = false;
      downloads.enable();
    },
  };
}
