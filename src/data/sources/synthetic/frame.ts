/** @file Where everything lies in a drawn face. */

import type { AgeLook } from './age-look';
import type { Person } from './person';
import type { Scene } from './scene';

/** Where things are, in pixels. */
export interface Frame {
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

/** Lays out the face of a person who looks so, in a scene. */
export function frameOf(person: Person, look: AgeLook, scene: Scene): Frame {
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
