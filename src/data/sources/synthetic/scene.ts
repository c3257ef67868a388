/** @file What differs from one picture of a person to the next: light, background, clothes, pose, expression. */

import type { Random } from '../../../statistics/random';
import type { Colour } from './person';

/** One picture's circumstances. */
export interface Scene {
  readonly background: Colour;
  readonly clothes: Colour;
  /** -1 from the left, 1 from the right. */
  readonly lightSide: number;
  /** Brightness of all, around 1. */
  readonly exposure: number;
  /** Degrees. */
  readonly tilt: number;
  /** Pixels by which features move sideways on the head, as when it turns. */
  readonly turn: number;
  readonly shift: readonly [x: number, y: number];
  readonly scale: number;
  /** 0 neutral, 1 smiling. */
  readonly smile: number;
  /** 1 wide open, below 1 narrowed. */
  readonly openness: number;
}

/** Draws a picture's circumstances. */
export function drawScene(random: Random): Scene {
  const between = (low: number, high: number): number => low + (high - low) * random.nextFloat();
  return {
    background: { h: between(0, 360), s: between(8, 38), l: between(35, 78) },
    clothes: { h: between(0, 360), s: between(10, 55), l: between(18, 60) },
    lightSide: between(-1, 1),
    exposure: between(0.9, 1.1),
    tilt: between(-4, 4),
    turn: between(-7, 7),
    shift: [between(-5, 5), between(-4, 4)],
    scale: between(0.97, 1.04),
    smile: between(0, 1),
    openness: between(0.85, 1.05),
  };
}
