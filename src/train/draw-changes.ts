/** @file Draws how a step's pictures are changed, from the run's seed and the step's number alone: a resumed run draws the same. */

import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { HALF_RANGE, MEAN_RGB } from '../images/pixel-range';
import { createRandom } from '../statistics/random';
import type { Random } from '../statistics/random';
import type { Rows } from '../data/batches';
import type { StepInput } from './forward';
import { CHANGE_NUMBERS, toNumbers, UNCHANGED } from './picture-changes';
import type { PictureChange } from './picture-changes';

/** Sides of what the perceptual networks see keep at least this share; the window is inside the picture, as in their own training. */
const LEAST_KEPT = 0.9;
/** The discriminator's pictures move by at most this share of the side, in whole pixels: what is sharp stays sharp. */
const MOST_MOVED = 1 / 8;
/** Side of the hole that the discriminator's pictures have, as a share of theirs. */
const HOLE = 1 / 4;
/** Contrast changes by at most this share, up or down. */
const MOST_CONTRAST = 0.2;
/** Each colour's gain besides. */
const MOST_COLOUR = 0.05;
/** Brightness in shares of the whole range. */
const MOST_BRIGHTNESS = 0.1;

/** What the discriminator sees in a step, each with changes of its own: real pictures under either label, fakes in its update and in G's. */
export const SEEN_BY_DISCRIMINATOR = ['real', 'mislabelled', 'fake', 'judged'] as const;

/** Those of some of them, one after the other: [B,4,13] → [count·B,13]; the caller disposes. */
export function changesOf(
  changes: tf.Tensor3D,
  seen: readonly (typeof SEEN_BY_DISCRIMINATOR)[number][],
): tf.Tensor2D {
  const [batch, , numbers] = changes.shape;
  return tf.tidy(() =>
    tf.concat(
      seen.map((one): tf.Tensor2D => {
        const ofOne = tf.slice(
          changes,
          [0, SEEN_BY_DISCRIMINATOR.indexOf(one), 0],
          [batch, 1, numbers],
        );
        return tf.reshape(ofOne, [batch, numbers]);
      }),
    ),
  );
}

/** What tells a step's streams apart: either setting draws the same with the other and without it. */
const STREAM = { perceptual: 0x5bd1e995, discriminator: 0x1b873593 } as const;

/** A stream of random numbers of one step. */
function randomOf(seed: number, step: number, stream: keyof typeof STREAM): Random {
  const ofRun = createRandom(seed ^ STREAM[stream]).nextUint32();
  return createRandom((ofRun + step) | 0);
}

/** Uniform in [-most, most). */
const around = (random: Random, most: number): number => most * (2 * random.nextFloat() - 1);

/**
 * Draws the light.
 * @param middle grey of each channel that contrast leaves as it is, in the picture's units
 * @param range from black to white, in the same
 */
function drawLight(
  random: Random,
  middle: readonly [number, number, number],
  range: number,
): Pick<
  PictureChange,
  'gainRed' | 'gainGreen' | 'gainBlue' | 'offsetRed' | 'offsetGreen' | 'offsetBlue'
> {
  const brightness = range * around(random, MOST_BRIGHTNESS);
  const contrast = 1 + around(random, MOST_CONTRAST);
  const gain = (): number => contrast * (1 + around(random, MOST_COLOUR));
  const gainRed = gain();
  const gainGreen = gain();
  const gainBlue = gain();
  const offset = (grey: number, ofColour: number): number => grey * (1 - ofColour) + brightness;
  return {
    gainRed,
    gainGreen,
    gainBlue,
    offsetRed: offset(middle[0], gainRed),
    offsetGreen: offset(middle[1], gainGreen),
    offsetBlue: offset(middle[2], gainBlue),
  };
}

/** Windows end this share of the side within the picture, lest rounding finds its outermost pixels outside. */
const INWARDS = 1e-6;

/**
 * A window of a picture, half of them mirrored.
 * @param side of it, as a share of the picture's
 * @param down how far it begins below and to the right of the picture's first pixel, as shares of the way to its last
 */
function drawWindow(
  random: Random,
  side: number,
  down: number,
  across: number,
): Pick<PictureChange, 'top' | 'left' | 'bottom' | 'right'> {
  const isMirrored = random.nextFloat() < 0.5;
  const inwards = (share: number): number => INWARDS + (1 - 2 * INWARDS) * share;
  const near = inwards(across);
  const far = inwards(across + side);
  return {
    top: inwards(down),
    bottom: inwards(down + side),
    left: isMirrored ? far : near,
    right: isMirrored ? near : far,
  };
}

/** What AlexNet's input [227,227,3], RGB 0..255 minus the mean, goes through: mirrored, a window enlarged, lit otherwise. */
export function drawPerceptualChange(random: Random): PictureChange {
  const middle = MEAN_RGB.map((mean) => HALF_RANGE - mean) as [number, number, number];
  const kept = LEAST_KEPT + (1 - LEAST_KEPT) * random.nextFloat();
  const down = (1 - kept) * random.nextFloat();
  const across = (1 - kept) * random.nextFloat();
  return {
    ...UNCHANGED,
    ...drawWindow(random, kept, down, across),
    ...drawLight(random, middle, 2 * HALF_RANGE),
  };
}

/** What a picture [S,S,3] in [-1, 1] goes through before the discriminator: mirrored, moved, lit otherwise, with a hole. */
export function drawDiscriminatorChange(random: Random, side: number): PictureChange {
  const most = Math.floor(side * MOST_MOVED);
  const drawMove = (): number => (random.nextInt(2 * most + 1) - most) / (side - 1);
  const hole = Math.round(side * HOLE);
  // its middle is anywhere: at an edge, less of it is in the picture
  const drawHole = (): number => random.nextInt(side) - Math.floor(hole / 2);
  return {
    ...drawWindow(random, 1, drawMove(), drawMove()),
    ...drawLight(random, [0, 0, 0], 2),
    holeTop: drawHole(),
    holeLeft: drawHole(),
    holeSide: hole,
  };
}

/** The changes of a step, as a part of its input; the caller disposes. */
export type StepChanges = Pick<StepInput, 'perceptualChanges' | 'discriminatorChanges'>;

/**
 * Draws the changes of a step for every picture of its batch, as far as settings ask for them.
 * @param step number of finished steps
 * @param rows of the step's batch that they are for
 */
export function drawChanges(
  {
    seed,
    image_size: side,
    perceptual_augment: isPerceptual,
    d_augment: isDiscriminator,
  }: Pick<TrainConfig, 'seed' | 'image_size' | 'perceptual_augment' | 'd_augment'>,
  step: number,
  { first, count: pictures }: Rows,
): StepChanges {
  // of those before, too: a picture's change is the same whoever draws it
  const draw = (each: number, one: () => PictureChange): number[] =>
    Array.from({ length: each * (first + pictures) }, () => toNumbers(one()))
      .slice(each * first)
      .flat();
  const numbers = CHANGE_NUMBERS.length;
  const seen = SEEN_BY_DISCRIMINATOR.length;
  const perceptual = randomOf(seed, step, 'perceptual');
  const discriminator = randomOf(seed, step, 'discriminator');
  return {
    perceptualChanges: isPerceptual
      ? tf.tensor2d(
          draw(1, () => drawPerceptualChange(perceptual)),
          [pictures, numbers],
        )
      : null,
    discriminatorChanges: isDiscriminator
      ? tf.tensor3d(
          draw(seen, () => drawDiscriminatorChange(discriminator, side)),
          [pictures, seen, numbers],
        )
      : null,
  };
}
