/** @file Draws an invented face as SVG, 400 × 400, framed as CACD's crops are. */

import { lookAt } from './age-look';
import { brow, eye, mouth, nose } from './draw-features';
import { beard, hairBehind, hairFront } from './draw-hair';
import { body, definitions, ears, outline } from './draw-head';
import { freckles, wrinkles } from './draw-skin';
import { frameOf } from './frame';
import type { Frame } from './frame';
import type { Person } from './person';
import type { Scene } from './scene';
import { css, ellipse, n, shape, stroke } from './svg';

function glasses({ x, eyeY, eyeDx, halfWidth: w, person }: Frame): string {
  const dark = '#26221f';
  const rims = [-1, 1].map(
    (s) =>
      `<rect x="${n(x + s * eyeDx - 33)}" y="${n(eyeY - 23)}" width="66" height="47" rx="${person.jaw > 0.5 ? 10 : 22}" fill="#ffffff" fill-opacity="0.10" stroke="${dark}" stroke-width="4"/>`,
  );
  const bridge = stroke(
    `M ${n(x - eyeDx + 33)} ${n(eyeY - 3)} Q ${n(x)} ${n(eyeY - 12)} ${n(x + eyeDx - 33)} ${n(eyeY - 3)}`,
    dark,
    4,
  );
  const arms = [-1, 1].map((s) =>
    stroke(
      `M ${n(x + s * (eyeDx + 33))} ${n(eyeY - 8)} L ${n(200 + s * (w + 4))} ${n(eyeY - 4)}`,
      dark,
      4,
    ),
  );
  return [...rims, bridge, ...arms].join('');
}

/** The face of a person at an age in years, in a scene. */
export function drawFace(person: Person, age: number, scene: Scene): string {
  const frame = frameOf(person, lookAt(person, age), scene);
  const { look, x } = frame;
  const [dx, dy] = scene.shift;
  const blush = [-1, 1].map((s) =>
    ellipse(
      x + s * 58,
      frame.noseY - 4,
      24,
      17,
      css({ h: 4, s: 62, l: look.skin.l - 8 }, 0, 0.24 * (1 - 0.6 * look.wrinkles)),
      'filter="url(#soft)"',
    ),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 400 400">${definitions(frame)}
<rect width="400" height="400" fill="url(#back)"/>
<g transform="translate(${n(dx)} ${n(dy)}) rotate(${n(scene.tilt)} 200 240) translate(200 210) scale(${scene.scale.toFixed(3)}) translate(-200 -210)">
${hairBehind(frame)}${body(frame)}${ears(frame)}${shape(outline(frame), 'url(#face)')}${blush.join('')}
${wrinkles(frame)}${freckles(frame)}${nose(frame)}${beard(frame)}${mouth(frame)}${eye(frame, -1)}${eye(frame, 1)}${brow(frame, -1)}${brow(frame, 1)}
${hairFront(frame)}${look.hasGlasses ? glasses(frame) : ''}</g>
<rect width="400" height="400" fill="url(#shade)" opacity="${(0.28 * Math.abs(scene.lightSide)).toFixed(3)}"/>
<rect width="400" height="400" fill="${scene.exposure > 1 ? '#fff' : '#000'}" opacity="${Math.abs(scene.exposure - 1).toFixed(3)}"/></svg>`;
}
