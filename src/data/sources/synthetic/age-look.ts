/** @file What age does to a face: every measure as a smooth function of years. */

import type { Colour, Person } from './person';

/** The look of a person at an age; amounts from 0 (none) to 1 (much). */
export interface AgeLook {
  /** 1 for a child's round face with large eyes, 0 from about 22 on. */
  readonly childlike: number;
  readonly wrinkles: number;
  readonly sagging: number;
  readonly grey: number;
  readonly baldness: number;
  readonly beard: number;
  readonly hasGlasses: boolean;
  readonly hair: Colour;
  readonly skin: Colour;
}

/** 0 before `from`, 1 after `to`, smooth between. */
function ramp(age: number, from: number, to: number): number {
  const x = Math.min(1, Math.max(0, (age - from) / (to - from)));
  return x * x * (3 - 2 * x);
}

const mix = (a: number, b: number, share: number): number => a + (b - a) * share;

/** A person's look at an age in years. */
export function lookAt(person: Person, age: number): AgeLook {
  const grey = ramp(age, person.greysAt - 6, person.greysAt + 22);
  const { hair, skin } = person;
  const wrinkles = ramp(age, 28, 72);
  return {
    childlike: 1 - ramp(age, 10, 23),
    wrinkles,
    sagging: ramp(age, 38, 78),
    grey,
    baldness: ramp(age, person.baldsAt, person.baldsAt + 26),
    beard: ramp(age, person.beardFrom, person.beardFrom + 3),
    hasGlasses: age >= person.glassesFrom,
    hair: { h: hair.h, s: mix(hair.s, 4, grey), l: mix(hair.l, 82, grey) },
    // skin gets paler, duller and a little yellower
    skin: {
      h: skin.h + 3 * wrinkles,
      s: mix(skin.s, skin.s * 0.72, wrinkles),
      l: skin.l - 3 * wrinkles,
    },
  };
}
