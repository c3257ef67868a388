/** @file Hair and beard of a drawn face. */

import type { Frame } from './frame';
import { css, ellipse, n, shape, stroke } from './svg';

/** The beard, as far as it has grown. */
export function beard(frame: Frame): string {
  const { look, x, mouthY, chin, halfWidth: w, noseY } = frame;
  if (look.beard < 0.1) return '';
  const fill = css({ ...look.hair, l: look.hair.l * 0.92 }, 0, 0.92 * look.beard);
  const y = (noseY + mouthY) / 2 + 2;
  return [
    `<g filter="url(#fine)">`,
    shape(
      `M ${n(200 - w * 0.97)} ${n(mouthY - 58)} Q ${n(200 - w * 0.8)} ${n(mouthY - 12)} ${n(x - 42)} ${n(mouthY - 8)} Q ${n(x - 36)} ${n(y - 4)} ${n(x)} ${n(y - 2)} Q ${n(x + 36)} ${n(y - 4)} ${n(x + 42)} ${n(mouthY - 8)} Q ${n(200 + w * 0.8)} ${n(mouthY - 12)} ${n(200 + w * 0.97)} ${n(mouthY - 58)} Q ${n(200 + w * 0.94)} ${n(chin - 18)} 200 ${n(chin + 13)} Q ${n(200 - w * 0.94)} ${n(chin - 18)} ${n(200 - w * 0.97)} ${n(mouthY - 58)} Z`,
      fill,
    ),
    '</g>',
  ].join('');
}

/** What hangs behind the head. */
export function hairBehind({ person, look, top, chin, halfWidth: w }: Frame): string {
  const fill = css(look.hair, -8);
  if (person.hairStyle === 'long')
    return shape(
      `M ${n(200 - w - 22)} ${n(top + 60)} Q 200 ${n(top - 92)} ${n(200 + w + 22)} ${n(top + 60)} L ${n(200 + w + 30)} 392 L ${n(200 - w - 30)} 392 Z`,
      fill,
    );
  if (person.hairStyle === 'bob')
    return shape(
      `M ${n(200 - w - 20)} ${n(top + 60)} Q 200 ${n(top - 88)} ${n(200 + w + 20)} ${n(top + 60)} Q ${n(200 + w + 34)} ${n(chin - 10)} ${n(200 + w - 6)} ${n(chin + 6)} L ${n(200 - w + 6)} ${n(chin + 6)} Q ${n(200 - w - 34)} ${n(chin - 10)} ${n(200 - w - 20)} ${n(top + 60)} Z`,
      fill,
    );
  if (person.hairStyle === 'bun') return ellipse(200, top - 34, 42, 34, fill);
  return '';
}

/** What grows on it, as far as it is not bald. */
export function hairFront({ person, look, top, eyeY, halfWidth: w }: Frame): string {
  const bald = look.baldness;
  const crown = top - 30 + 26 * bald;
  const line = top + 34 - 34 * bald;
  const ear = eyeY - 4 + 8 * (person.isMale ? 0.5 : 1);
  const fill = 'url(#hair)';
  const sides = [-1, 1].map((s) =>
    shape(
      `M ${n(200 + s * (w + 7))} ${n(ear + 10)} Q ${n(200 + s * (w + 15))} ${n(top + 46)} ${n(200 + s * w * 0.8)} ${n(top + 6)} Q ${n(200 + s * w * 0.84)} ${n(top + 48)} ${n(200 + s * (w - 7))} ${n(ear - 4)} Z`,
      fill,
    ),
  );
  if (bald > 0.75) return sides.join('');
  const edge = { short: 12, side: 26, curly: 18, bob: 30, long: 22, bun: 6 }[person.hairStyle];
  const part = person.hairStyle === 'side' || person.hairStyle === 'bob' ? -w * 0.45 : 0;
  const cap = shape(
    `M ${n(200 - w - 9)} ${n(top + 62)} Q ${n(200 - w - 12)} ${n(crown)} 200 ${n(crown)} Q ${n(200 + w + 12)} ${n(crown)} ${n(200 + w + 9)} ${n(top + 62)} Q ${n(200 + w * 0.82)} ${n(line + 8)} ${n(200 + w * 0.5)} ${n(line - edge * 0.3)} Q ${n(200 + part)} ${n(line - edge - 14 * bald)} ${n(200 - w * 0.55)} ${n(line - edge * 0.2)} Q ${n(200 - w * 0.84)} ${n(line + 8)} ${n(200 - w - 9)} ${n(top + 62)} Z`,
    fill,
  );
  const curls =
    person.hairStyle === 'curly'
      ? Array.from({ length: 11 }, (_, i) => {
          const angle = Math.PI * (1.02 + (0.96 * i) / 10);
          return ellipse(
            200 + (w + 4) * Math.cos(angle),
            top + 46 + (78 - 22 * bald) * Math.sin(angle),
            21 - 8 * bald,
            20 - 8 * bald,
            i % 2 ? css(look.hair, 3) : css(look.hair, -3),
          );
        }).join('')
      : '';
  const strands = Array.from({ length: 7 }, (_, i) => {
    const x = 200 - w * 0.75 + (i * w * 1.5) / 6;
    return stroke(
      `M ${n(x)} ${n(line - edge * 0.5)} Q ${n(200 + part + (x - 200 - part) * 0.75)} ${n((crown + line) / 2 - 10)} ${n(200 + part * 0.6)} ${n(crown + 5)}`,
      css(look.hair, look.grey > 0.3 ? -16 : 9),
      1.6,
      0.4,
    );
  }).join('');
  return sides.join('') + curls + cap + strands;
}
