/** @file What age and sun write into the skin of a drawn face. */

import type { Frame } from './frame';
import { css, ellipse, n, stroke } from './svg';

/** Lines of the forehead, between the brows, round the mouth and at the jaw. */
export function wrinkles(frame: Frame): string {
  const { look, scene, x, top, eyeY, noseY, mouthY, halfWidth: w, chin } = frame;
  const colour = css(look.skin, -25);
  const parts: string[] = [];
  for (let i = 0; i < 4; i++) {
    const strength = Math.max(0, look.wrinkles * 1.25 - i * 0.22);
    const y = top + (eyeY - top) * (0.66 - 0.13 * i);
    parts.push(
      stroke(
        `M ${n(x - w * 0.5)} ${n(y + 3)} Q ${n(x)} ${n(y - 5)} ${n(x + w * 0.5)} ${n(y + 3)}`,
        colour,
        2.4,
        Math.min(0.85, strength),
      ),
    );
  }
  for (const side of [-1, 1]) {
    parts.push(
      stroke(
        `M ${n(x + side * 4.5)} ${n(eyeY - 27)} q ${n(side * 2)} 8 0 16`,
        colour,
        2.2,
        0.75 * look.wrinkles,
      ),
    );
    // from the nose to the corners of the mouth, and from there down
    const fold = Math.max(0.22 * scene.smile * (1 - look.childlike), 0.95 * look.wrinkles);
    parts.push(
      stroke(
        `M ${n(x + side * 23)} ${n(noseY - 3)} Q ${n(x + side * 44)} ${n((noseY + mouthY) / 2)} ${n(x + side * 46)} ${n(mouthY + 4 + 8 * look.sagging)}`,
        colour,
        3.2,
        fold,
      ),
    );
    parts.push(
      stroke(
        `M ${n(x + side * 42)} ${n(mouthY + 9)} q ${n(side * 5)} 14 ${n(side * 2)} 26`,
        colour,
        2.8,
        0.85 * look.sagging,
      ),
    );
    parts.push(
      ellipse(
        x + side * w * 0.62,
        (noseY + mouthY) / 2 + 8,
        22,
        34,
        css(look.skin, -18, 0.5 * look.sagging),
        'filter="url(#soft)"',
      ),
    );
    parts.push(
      stroke(
        `M ${n(200 + side * w * 0.5)} ${n(chin - 8)} q ${n(side * 16)} -8 ${n(side * 22)} -22`,
        colour,
        2.6,
        0.6 * look.sagging,
      ),
    );
  }
  return parts.join('');
}

/** Freckles, or the spots of age. */
export function freckles({ person, look, x, eyeY, noseY }: Frame): string {
  // age spots come where freckles were not
  const spots = person.hasFreckles ? 26 : Math.round(14 * Math.max(0, look.sagging - 0.35));
  const seed = person.name.length * 7 + Math.round(person.faceWidth * 1000);
  return Array.from({ length: spots }, (_, i) => {
    const a = Math.sin(seed + i * 12.9898) * 43758.5453;
    const b = Math.sin(seed + i * 78.233) * 12543.123;
    const u = a - Math.floor(a);
    const v = b - Math.floor(b);
    return ellipse(
      x - 62 + 124 * u,
      eyeY + 16 + (noseY - eyeY + 10) * v,
      person.hasFreckles ? 1.7 : 2.8,
      person.hasFreckles ? 1.6 : 2.4,
      css({ h: 22, s: 45, l: look.skin.l - 26 }, 0, 0.5),
    );
  }).join('');
}
