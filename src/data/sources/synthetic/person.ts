/** @file An invented person: what stays the same at every age. */

import type { Random } from '../../../statistics/random';

/** Hue in degrees, saturation and lightness in per cent. */
export interface Colour {
  readonly h: number;
  readonly s: number;
  readonly l: number;
}

/** Shapes of hair. */
export type HairStyle = 'short' | 'side' | 'curly' | 'bob' | 'long' | 'bun';

/** Proportions are factors around 1, or parts of the picture's 400 pixels. */
export interface Person {
  readonly name: string;
  readonly isMale: boolean;
  readonly skin: Colour;
  readonly hair: Colour;
  readonly hairStyle: HairStyle;
  readonly eyes: Colour;
  readonly faceWidth: number;
  readonly faceHeight: number;
  /** 0 pointed, 1 square. */
  readonly jaw: number;
  readonly eyeSpacing: number;
  readonly eyeSize: number;
  /** Slant of the eyes in degrees. */
  readonly eyeSlant: number;
  readonly browThickness: number;
  readonly browArch: number;
  readonly noseWidth: number;
  readonly noseLength: number;
  readonly mouthWidth: number;
  readonly lipFullness: number;
  readonly earSize: number;
  /** Age at which each comes, in years; beyond 90 never. */
  readonly greysAt: number;
  readonly baldsAt: number;
  readonly beardFrom: number;
  readonly glassesFrom: number;
  readonly hasFreckles: boolean;
}

const FIRST = [
  'Adra',
  'Belo',
  'Cira',
  'Dovan',
  'Elun',
  'Fenja',
  'Goran',
  'Hesta',
  'Ivo',
  'Jorun',
  'Kesh',
  'Lirio',
  'Maelo',
  'Nuria',
  'Orlo',
  'Pellan',
  'Quila',
  'Rusk',
  'Senna',
  'Tavi',
  'Umae',
  'Vesko',
  'Wyn',
  'Zoë',
];
const LAST = [
  'Aldermoor',
  'Brack',
  'Coldwell-Ash',
  'Dunmere',
  'Evergaard',
  'Fallow',
  'Grint',
  "O'Harrow",
  'Ister',
  'Jask',
  'Kelpin',
  'Lowmarsh',
  'Morrin',
  'Nettle',
  'Ostrow',
  'Pyke',
  'Quarrel',
  'Rook',
  'St._Vale',
  'Thornby',
  'Underhay',
  'Vantor',
  'Wexcombe',
  'Yarrow',
];
const SKINS: readonly Colour[] = [
  { h: 24, s: 62, l: 80 },
  { h: 22, s: 55, l: 74 },
  { h: 28, s: 48, l: 68 },
  { h: 26, s: 42, l: 58 },
  { h: 23, s: 40, l: 46 },
  { h: 20, s: 38, l: 34 },
];
const HAIRS: readonly Colour[] = [
  { h: 28, s: 25, l: 10 },
  { h: 22, s: 40, l: 18 },
  { h: 24, s: 48, l: 30 },
  { h: 16, s: 68, l: 36 },
  { h: 40, s: 55, l: 58 },
  { h: 210, s: 8, l: 8 },
];
const EYES: readonly Colour[] = [
  { h: 25, s: 55, l: 22 },
  { h: 30, s: 45, l: 32 },
  { h: 205, s: 45, l: 45 },
  { h: 120, s: 22, l: 38 },
  { h: 200, s: 12, l: 45 },
];
const NEVER = 200;

/** The n-th invented person of a seed's stream; names do not repeat within the first 576. */
export function inventPerson(index: number, random: Random): Person {
  const pick = <T>(items: readonly T[]): T => items[random.nextInt(items.length)] as T;
  const between = (low: number, high: number): number => low + (high - low) * random.nextFloat();
  const chance = (share: number): boolean => random.nextFloat() < share;
  const isMale = chance(0.5);
  const skin = pick(SKINS);
  const isDark = skin.l < 60;
  return {
    name: `${FIRST[index % FIRST.length] ?? ''}_${LAST[(Math.floor(index / FIRST.length) + index) % LAST.length] ?? ''}`,
    isMale,
    skin: { h: skin.h + between(-4, 4), s: skin.s + between(-6, 6), l: skin.l + between(-3, 3) },
    hair: isDark ? pick([HAIRS[0], HAIRS[1], HAIRS[5]] as Colour[]) : pick(HAIRS),
    hairStyle: isMale
      ? pick(['short', 'side', 'curly'] as const)
      : pick(['bob', 'long', 'bun', 'curly'] as const),
    eyes: isDark ? pick(EYES.slice(0, 2)) : pick(EYES),
    faceWidth: between(0.88, 1.12),
    faceHeight: between(0.94, 1.08),
    jaw: isMale ? between(0.45, 1) : between(0, 0.6),
    eyeSpacing: between(0.9, 1.12),
    eyeSize: between(0.85, 1.18),
    eyeSlant: between(-7, 7),
    browThickness: isMale ? between(1, 1.7) : between(0.6, 1.1),
    browArch: between(0.3, 1.3),
    noseWidth: between(0.8, 1.35),
    noseLength: between(0.85, 1.2),
    mouthWidth: between(0.85, 1.2),
    lipFullness: isMale ? between(0.6, 1) : between(0.85, 1.4),
    earSize: between(0.85, 1.2),
    greysAt: between(36, 58),
    baldsAt: isMale && chance(0.55) ? between(26, 50) : NEVER,
    beardFrom: isMale && chance(0.45) ? between(19, 40) : NEVER,
    glassesFrom: chance(0.2) ? between(14, 25) : chance(0.6) ? between(42, 58) : NEVER,
    hasFreckles: skin.l > 72 && chance(0.3),
  };
}
