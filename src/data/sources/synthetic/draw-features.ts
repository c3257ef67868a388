/** @file Eyes, brows, nose and mouth of a drawn face. */

import type { Frame } from './frame';
import type { Colour } from './person';
import { css, ellipse, n, shape, stroke } from './svg';

/** Bags and fine lines below, crow's feet at the outer corner. */
function eyeLines(
  { look, eyeY: y }: Frame,
  side: number,
  [x, w, h]: readonly [number, number, number],
): string {
  const bag = stroke(
    `M ${n(x - w * 0.8)} ${n(y + h + 5)} Q ${n(x)} ${n(y + h + 13 + 6 * look.sagging)} ${n(x + w * 0.85)} ${n(y + h + 4)}`,
    css(look.skin, -26),
    2.3,
    0.75 * look.wrinkles,
  );
  const lowerBag = stroke(
    `M ${n(x - w * 0.6)} ${n(y + h + 11)} Q ${n(x)} ${n(y + h + 20 + 6 * look.sagging)} ${n(x + w * 0.7)} ${n(y + h + 10)}`,
    css(look.skin, -22),
    1.8,
    0.6 * look.sagging,
  );
  const crowsFeet = [-0.5, 0, 0.5].map((angle) => {
    const sx = x + side * (w + 5);
    const sy = y + 3 + angle * 9;
    return stroke(
      `M ${n(sx)} ${n(sy)} l ${n(side * (9 + 9 * look.wrinkles))} ${n(angle * 12 - 1)}`,
      css(look.skin, -27),
      1.7,
      0.8 * look.wrinkles,
    );
  });
  return [bag, lowerBag, ...crowsFeet].join('');
}

/** One eye; `side` is -1 for the left of the picture, 1 for the right. */
export function eye(frame: Frame, side: number): string {
  const { person, look, scene, eyeY: y } = frame;
  const x = frame.x + side * frame.eyeDx;
  const w = 21 * person.eyeSize * (1 + 0.12 * look.childlike);
  const h =
    10.5 * person.eyeSize * scene.openness * (1 + 0.25 * look.childlike - 0.28 * look.sagging);
  const droop = 3.5 * look.sagging;
  const iris = 8.8 * person.eyeSize * (1 + 0.1 * look.childlike);
  const almond = `M ${n(x - w)} ${n(y + (side < 0 ? droop : 0))} Q ${n(x)} ${n(y - 2 * h)} ${n(x + w)} ${n(y + (side > 0 ? droop : 0))} Q ${n(x)} ${n(y + 1.35 * h)} ${n(x - w)} ${n(y + (side < 0 ? droop : 0))} Z`;
  const id = `eye${side > 0 ? 'R' : 'L'}`;
  const gaze = scene.turn * 0.25;
  const parts = [
    ellipse(x, y - 2, w * 1.35, h * 2.1, css(look.skin, -16, 0.38), 'filter="url(#soft)"'),
    `<clipPath id="${id}"><path d="${almond}"/></clipPath>`,
    shape(almond, look.wrinkles > 0.6 ? '#ece5dc' : '#f5f1ec'),
    `<g clip-path="url(#${id})">${ellipse(x + gaze, y - 1, iris, iris, css(person.eyes))}${ellipse(x + gaze, y - 1, iris * 0.46, iris * 0.46, '#120c0a')}${ellipse(x + gaze + 3, y - 4.5, 2.4, 2.2, '#fff')}</g>`,
    stroke(
      `M ${n(x - w)} ${n(y + (side < 0 ? droop : 0))} Q ${n(x)} ${n(y - 2 * h)} ${n(x + w)} ${n(y + (side > 0 ? droop : 0))}`,
      css({ h: 20, s: 30, l: 14 }),
      person.isMale ? 2.6 : 3.8,
    ),
    stroke(
      `M ${n(x - w * 0.9)} ${n(y - h * 1.05 - 2)} Q ${n(x)} ${n(y - 2.7 * h + 4 * look.sagging)} ${n(x + w)} ${n(y - h * 0.7 + droop)}`,
      css(look.skin, -28),
      2,
      0.55 + 0.3 * look.sagging,
    ),
  ];
  if (look.wrinkles > 0.08) parts.push(eyeLines(frame, side, [x, w, h]));
  return `<g transform="rotate(${n(side * -person.eyeSlant)} ${n(x)} ${n(y)})">${parts.join('')}</g>`;
}

/** The brow above it. */
export function brow({ person, look, x, eyeY, eyeDx }: Frame, side: number): string {
  const colour = { ...look.hair, l: person.hair.l + (look.hair.l - person.hair.l) * 0.6 + 4 };
  const y = eyeY - 27 + 4 * look.sagging;
  const inner = x + side * (eyeDx - 22);
  const outer = x + side * (eyeDx + 27);
  const arch = 11 * person.browArch;
  return stroke(
    `M ${n(inner)} ${n(y + 3)} Q ${n(x + side * (eyeDx + 6))} ${n(y - arch)} ${n(outer)} ${n(y + 6 + 3 * look.sagging)}`,
    css(colour),
    6.2 * person.browThickness * (1 - 0.3 * look.childlike),
    0.88,
  );
}

/** The nose with its shadow. */
export function nose({ person, look, scene, x, eyeY, noseY }: Frame): string {
  const w = 17 * person.noseWidth * (1 - 0.16 * look.childlike + 0.14 * look.sagging);
  const tip = eyeY + (noseY - eyeY) * person.noseLength * (1 + 0.05 * look.sagging);
  const shadow = css(look.skin, -25);
  const side = scene.lightSide > 0 ? -1 : 1;
  return [
    shape(
      `M ${n(x + side * 5)} ${n(eyeY - 4)} Q ${n(x + side * 9)} ${n(tip - 24)} ${n(x + side * (w + 1))} ${n(tip - 3)} L ${n(x)} ${n(tip)} Z`,
      css(look.skin, -16, 0.5),
      'filter="url(#soft)"',
    ),
    ellipse(x, tip - 6, w * 0.55, 8, css(look.skin, 9, 0.55), 'filter="url(#soft)"'),
    stroke(
      `M ${n(x - w)} ${n(tip - 6)} Q ${n(x - w * 0.9)} ${n(tip + 3)} ${n(x - w * 0.4)} ${n(tip + 1)} Q ${n(x)} ${n(tip + 8)} ${n(x + w * 0.4)} ${n(tip + 1)} Q ${n(x + w * 0.9)} ${n(tip + 3)} ${n(x + w)} ${n(tip - 6)}`,
      shadow,
      2.6,
      0.85,
    ),
    ellipse(x - w * 0.48, tip + 0.5, 3.6, 2.1, css(look.skin, -42)),
    ellipse(x + w * 0.48, tip + 0.5, 3.6, 2.1, css(look.skin, -42)),
  ].join('');
}

/** The lips, smiling or not. */
export function mouth({ person, look, scene, x, mouthY: y }: Frame): string {
  const w = 35 * person.mouthWidth * (1 - 0.1 * look.childlike) * (1 + 0.1 * scene.smile);
  const full = 9 * person.lipFullness * (1 - 0.5 * look.sagging);
  const corner = -6 * scene.smile + 5 * look.sagging;
  const lip: Colour = {
    h: 356,
    s: (person.isMale ? 26 : 42) - 12 * look.wrinkles,
    l: Math.max(24, look.skin.l - (person.isMale ? 16 : 22)),
  };
  const left = `${n(x - w)} ${n(y + corner)}`;
  const right = `${n(x + w)} ${n(y + corner)}`;
  const parts = [
    shape(
      `M ${left} Q ${n(x - w * 0.35)} ${n(y - full)} ${n(x)} ${n(y - full * 0.55)} Q ${n(x + w * 0.35)} ${n(y - full)} ${right} Q ${n(x)} ${n(y + 4)} ${left} Z`,
      css(lip, -4),
    ),
    shape(
      `M ${left} Q ${n(x)} ${n(y + 4)} ${right} Q ${n(x)} ${n(y + 2.2 * full + 5 * scene.smile)} ${left} Z`,
      css(lip, 4),
    ),
    stroke(`M ${left} Q ${n(x)} ${n(y + 5 + 4 * scene.smile)} ${right}`, css(lip, -22), 2.3),
  ];
  return parts.join('');
}
