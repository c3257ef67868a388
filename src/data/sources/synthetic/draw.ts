/** @file Draws an invented face as SVG, 400 × 400, framed as CACD's crops are. */

import { lookAt } from './age-look';
import type { AgeLook } from './age-look';
import type { Colour, Person } from './person';
import type { Scene } from './scene';

const css = ({ h, s, l }: Colour, lighter = 0, opacity = 1): string =>
  `hsla(${h.toFixed(1)},${s.toFixed(1)}%,${Math.min(97, Math.max(2, l + lighter)).toFixed(1)}%,${opacity})`;

const n = (value: number): string => value.toFixed(1);

/** A filled shape. */
const shape = (d: string, fill: string, extra = ''): string => `<path d="${d}" fill="${fill}" ${extra}/>`;

/** A line with round ends. */
const stroke = (d: string, colour: string, width: number, opacity = 1): string =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${n(width)}" stroke-linecap="round" opacity="${opacity.toFixed(2)}"/>`;

const ellipse = (x: number, y: number, rx: number, ry: number, fill: string, extra = ''): string =>
  `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}" ${extra}/>`;

/** Where things are, in pixels. */
interface Frame {
  readonly person: Person;
  readonly look: AgeLook;
  readonly scene: Scene;
  /** Middle of the face, moved by the turn of the head for features. */
  readonly x: number;
  readonly top: number;
  readonly chin: number;
  readonly halfWidth: number;
  readonly eyeY: number;
  readonly eyeDx: number;
  readonly noseY: number;
  readonly mouthY: number;
}

function frameOf(person: Person, look: AgeLook, scene: Scene): Frame {
  const { childlike, sagging } = look;
  const halfWidth = 98 * person.faceWidth * (1 + 0.05 * childlike);
  const height = 268 * person.faceHeight * (1 - 0.09 * childlike);
  const top = 74 + 8 * childlike;
  const chin = top + height + 3 * sagging;
  return {
    person,
    look,
    scene,
    x: 200 + scene.turn,
    top,
    chin,
    halfWidth,
    eyeY: top + height * (0.46 + 0.05 * childlike),
    eyeDx: 43 * person.eyeSpacing,
    noseY: top + height * (0.655 + 0.015 * childlike + 0.012 * sagging),
    mouthY: top + height * (0.79 + 0.01 * sagging),
  };
}

function outline({ person, look, top, chin, halfWidth: w }: Frame): string {
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

function definitions({ look, scene }: Frame): string {
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

function body({ scene, look, chin, halfWidth: w }: Frame): string {
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

function ears({ person, look, eyeY, halfWidth: w }: Frame): string {
  const size = person.earSize * (1 + 0.16 * look.sagging);
  return [-1, 1]
    .map(
      (side) =>
        ellipse(200 + side * (w + 3), eyeY + 18, 12 * size, 25 * size, css(look.skin, -7)) +
        ellipse(200 + side * (w + 4), eyeY + 18, 6 * size, 16 * size, css(look.skin, -19)),
    )
    .join('');
}

function eye(frame: Frame, side: number): string {
  const { person, look, scene, eyeY: y } = frame;
  const x = frame.x + side * frame.eyeDx;
  const w = 21 * person.eyeSize * (1 + 0.12 * look.childlike);
  const h = 10.5 * person.eyeSize * scene.openness * (1 + 0.25 * look.childlike - 0.28 * look.sagging);
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
  // bags and fine lines below, crow's feet at the outer corner
  if (look.wrinkles > 0.08) {
    parts.push(
      stroke(
        `M ${n(x - w * 0.8)} ${n(y + h + 5)} Q ${n(x)} ${n(y + h + 13 + 6 * look.sagging)} ${n(x + w * 0.85)} ${n(y + h + 4)}`,
        css(look.skin, -26),
        2.3,
        0.75 * look.wrinkles,
      ),
    );
    parts.push(
      stroke(
        `M ${n(x - w * 0.6)} ${n(y + h + 11)} Q ${n(x)} ${n(y + h + 20 + 6 * look.sagging)} ${n(x + w * 0.7)} ${n(y + h + 10)}`,
        css(look.skin, -22),
        1.8,
        0.6 * look.sagging,
      ),
    );
    for (const angle of [-0.5, 0, 0.5]) {
      const [sx, sy] = [x + side * (w + 5), y + 3 + angle * 9];
      parts.push(
        stroke(
          `M ${n(sx)} ${n(sy)} l ${n(side * (9 + 9 * look.wrinkles))} ${n(angle * 12 - 1)}`,
          css(look.skin, -27),
          1.7,
          0.8 * look.wrinkles,
        ),
      );
    }
  }
  return `<g transform="rotate(${n(side * -person.eyeSlant)} ${n(x)} ${n(y)})">${parts.join('')}</g>`;
}

function brow({ person, look, x, eyeY, eyeDx }: Frame, side: number): string {
  const colour = { ...look.hair, l: person.hair.l + (look.hair.l - person.hair.l) * 0.6 + 4 };
  const y = eyeY - 27 + 4 * look.sagging;
  const [inner, outer] = [x + side * (eyeDx - 22), x + side * (eyeDx + 27)];
  const arch = 11 * person.browArch;
  return stroke(
    `M ${n(inner)} ${n(y + 3)} Q ${n(x + side * (eyeDx + 6))} ${n(y - arch)} ${n(outer)} ${n(y + 6 + 3 * look.sagging)}`,
    css(colour),
    6.2 * person.browThickness * (1 - 0.3 * look.childlike),
    0.88,
  );
}

function nose({ person, look, scene, x, eyeY, noseY }: Frame): string {
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

function mouth({ person, look, scene, x, mouthY: y }: Frame): string {
  const w = 35 * person.mouthWidth * (1 - 0.1 * look.childlike) * (1 + 0.1 * scene.smile);
  const full = 9 * person.lipFullness * (1 - 0.5 * look.sagging);
  const corner = -6 * scene.smile + 5 * look.sagging;
  const lip: Colour = {
    h: 356,
    s: (person.isMale ? 26 : 42) - 12 * look.wrinkles,
    l: Math.max(24, look.skin.l - (person.isMale ? 16 : 22)),
  };
  const [left, right] = [`${n(x - w)} ${n(y + corner)}`, `${n(x + w)} ${n(y + corner)}`];
  const parts = [
    shape(
      `M ${left} Q ${n(x - w * 0.35)} ${n(y - full)} ${n(x)} ${n(y - full * 0.55)} Q ${n(x + w * 0.35)} ${n(y - full)} ${right} Q ${n(x)} ${n(y + 4)} ${left} Z`,
      css(lip, -4),
    ),
    shape(`M ${left} Q ${n(x)} ${n(y + 4)} ${right} Q ${n(x)} ${n(y + 2.2 * full + 5 * scene.smile)} ${left} Z`, css(lip, 4)),
    stroke(`M ${left} Q ${n(x)} ${n(y + 5 + 4 * scene.smile)} ${right}`, css(lip, -22), 2.3),
  ];
  return parts.join('');
}

function wrinkles(frame: Frame): string {
  const { look, scene, x, top, eyeY, noseY, mouthY, halfWidth: w, chin } = frame;
  const colour = css(look.skin, -25);
  const parts: string[] = [];
  for (let i = 0; i < 4; i++) {
    const strength = Math.max(0, look.wrinkles * 1.25 - i * 0.22);
    const y = top + (eyeY - top) * (0.66 - 0.13 * i);
    parts.push(
      stroke(`M ${n(x - w * 0.5)} ${n(y + 3)} Q ${n(x)} ${n(y - 5)} ${n(x + w * 0.5)} ${n(y + 3)}`, colour, 2.4, Math.min(0.85, strength)),
    );
  }
  for (const side of [-1, 1]) {
    parts.push(stroke(`M ${n(x + side * 4.5)} ${n(eyeY - 27)} q ${n(side * 2)} 8 0 16`, colour, 2.2, 0.75 * look.wrinkles));
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
    parts.push(stroke(`M ${n(x + side * 42)} ${n(mouthY + 9)} q ${n(side * 5)} 14 ${n(side * 2)} 26`, colour, 2.8, 0.85 * look.sagging));
    parts.push(
      ellipse(x + side * w * 0.62, (noseY + mouthY) / 2 + 8, 22, 34, css(look.skin, -18, 0.5 * look.sagging), 'filter="url(#soft)"'),
    );
    parts.push(
      stroke(`M ${n(200 + side * w * 0.5)} ${n(chin - 8)} q ${n(side * 16)} -8 ${n(side * 22)} -22`, colour, 2.6, 0.6 * look.sagging),
    );
  }
  return parts.join('');
}

function freckles({ person, look, x, eyeY, noseY }: Frame): string {
  // age spots come where freckles were not
  const spots = person.hasFreckles ? 26 : Math.round(14 * Math.max(0, look.sagging - 0.35));
  const seed = person.name.length * 7 + Math.round(person.faceWidth * 1000);
  return Array.from({ length: spots }, (_, i) => {
    const [a, b] = [Math.sin(seed + i * 12.9898) * 43758.5453, Math.sin(seed + i * 78.233) * 12543.123];
    const [u, v] = [a - Math.floor(a), b - Math.floor(b)];
    return ellipse(
      x - 62 + 124 * u,
      eyeY + 16 + (noseY - eyeY + 10) * v,
      person.hasFreckles ? 1.7 : 2.8,
      person.hasFreckles ? 1.6 : 2.4,
      css({ h: 22, s: 45, l: look.skin.l - 26 }, 0, 0.5),
    );
  }).join('');
}

function beard(frame: Frame): string {
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

function hairBehind({ person, look, top, chin, halfWidth: w }: Frame): string {
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

function hairFront({ person, look, top, eyeY, halfWidth: w }: Frame): string {
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

function glasses({ x, eyeY, eyeDx, halfWidth: w, person }: Frame): string {
  const dark = '#26221f';
  const rims = [-1, 1].map(
    (s) =>
      `<rect x="${n(x + s * eyeDx - 33)}" y="${n(eyeY - 23)}" width="66" height="47" rx="${person.jaw > 0.5 ? 10 : 22}" fill="#ffffff" fill-opacity="0.10" stroke="${dark}" stroke-width="4"/>`,
  );
  const bridge = stroke(`M ${n(x - eyeDx + 33)} ${n(eyeY - 3)} Q ${n(x)} ${n(eyeY - 12)} ${n(x + eyeDx - 33)} ${n(eyeY - 3)}`, dark, 4);
  const arms = [-1, 1].map((s) => stroke(`M ${n(x + s * (eyeDx + 33))} ${n(eyeY - 8)} L ${n(200 + s * (w + 4))} ${n(eyeY - 4)}`, dark, 4));
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
