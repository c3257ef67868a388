/** @file What a drawn face stands on: light, neck and clothes, ears, and the outline of the head. */

import type { Frame } from './frame';
import { css, ellipse, n, shape, stroke } from './svg';

/** The path round the face. */
export function outline({ person, look, top, chin, halfWidth: w }: Frame): string {
  const square = 0.35 + 0.4 * person.jaw;
  const jowl = 9 * look.sagging;
  const cheekY = top + (chin - top) * 0.56;
  const jawY = top + (chin - top) * 0.84;
  const jawX = w * (0.58 + 0.26 * square) + jowl;
  const side = (s: number): string =>
    `C ${n(200 + s * w * 0.72)} ${n(top - 2)}, ${n(200 + s * w)} ${n(top + 42)}, ${n(200 + s * w)} ${n(cheekY)}`;
  return [
    `M 200 ${n(top)}`,
    side(1),
    `C ${n(200 + w)} ${n(cheekY + 34)}, ${n(200 + jawX + 8)} ${n(jawY - 16)}, ${n(200 + jawX)} ${n(jawY)}`,
    `C ${n(200 + jawX * 0.72)} ${n(chin - 4)}, ${n(200 + w * 0.28 * (0.6 + square))} ${n(chin)}, 200 ${n(chin)}`,
    `C ${n(200 - w * 0.28 * (0.6 + square))} ${n(chin)}, ${n(200 - jawX * 0.72)} ${n(chin - 4)}, ${n(200 - jawX)} ${n(jawY)}`,
    `C ${n(200 - jawX - 8)} ${n(jawY - 16)}, ${n(200 - w)} ${n(cheekY + 34)}, ${n(200 - w)} ${n(cheekY)}`,
    `C ${n(200 - w)} ${n(top + 42)}, ${n(200 - w * 0.72)} ${n(top - 2)}, 200 ${n(top)} Z`,
  ].join(' ');
}

/** Gradients and filters that the shapes name. */
export function definitions({ look, scene }: Frame): string {
  const { skin, hair } = look;
  const lightX = 50 + 28 * scene.lightSide;
  return `<defs>
<radialGradient id="face" cx="${n(lightX)}%" cy="42%" r="68%"><stop offset="0" stop-color="${css(skin, 7)}"/><stop offset="0.6" stop-color="${css(skin)}"/><stop offset="1" stop-color="${css(skin, -17)}"/></radialGradient>
<linearGradient id="hair" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${css(hair, 9)}"/><stop offset="1" stop-color="${css(hair, -7)}"/></linearGradient>
<radialGradient id="back" cx="${n(lightX)}%" cy="35%" r="85%"><stop offset="0" stop-color="${css(scene.background, 12)}"/><stop offset="1" stop-color="${css(scene.background, -18)}"/></radialGradient>
<linearGradient id="neck" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${css(skin, -24)}"/><stop offset="1" stop-color="${css(skin, -6)}"/></linearGradient>
<linearGradient id="shade" x1="${scene.lightSide > 0 ? 0 : 1}" y1="0" x2="${scene.lightSide > 0 ? 1 : 0}" y2="0"><stop offset="0" stop-color="#000"/><stop offset="0.7" stop-color="#000" stop-opacity="0"/></linearGradient>
<filter id="soft"><feGaussianBlur stdDeviation="5"/></filter><filter id="fine"><feGaussianBlur stdDeviation="1.1"/></filter></defs>`;
}

/** Neck, clothes, and the folds of an old neck. */
export function body({ scene, look, chin, halfWidth: w }: Frame): string {
  const neck = w * 0.56;
  const parts = [
    shape(
      `M ${n(200 - neck)} ${n(chin - 70)} L ${n(200 - neck)} 392 L ${n(200 + neck)} 392 L ${n(200 + neck)} ${n(chin - 70)} Z`,
      'url(#neck)',
    ),
    shape(
      `M 24 400 C 40 372, 110 ${n(chin + 26)}, ${n(200 - neck)} ${n(chin + 20)} Q 200 ${n(chin + 52)} ${n(200 + neck)} ${n(chin + 20)} C 290 ${n(chin + 26)}, 360 372, 376 400 Z`,
      css(scene.clothes),
    ),
  ];
  for (const side of [-1, 1])
    parts.push(
      stroke(
        `M ${n(200 + side * neck * 0.5)} ${n(chin + 2)} q ${n(side * -3)} 14 ${n(side * -12)} 26`,
        css(look.skin, -30),
        3,
        0.7 * look.sagging,
      ),
    );
  return parts.join('');
}

/** Both ears. */
export function ears({ person, look, eyeY, halfWidth: w }: Frame): string {
  const size = person.earSize * (1 + 0.16 * look.sagging);
  return [-1, 1]
    .map(
      (side) =>
        ellipse(200 + side * (w + 3), eyeY + 18, 12 * size, 25 * size, css(look.skin, -7)) +
        ellipse(200 + side * (w + 4), eyeY + 18, 6 * size, 16 * size, css(look.skin, -19)),
    )
    .join('');
}
