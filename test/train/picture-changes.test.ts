import { tf } from '../../src/engine/tf';
import { createRandom } from '../../src/statistics/random';
import {
  changesOf,
  drawChanges,
  drawDiscriminatorChange,
  drawPerceptualChange,
  SEEN_BY_DISCRIMINATOR,
} from '../../src/train/draw-changes';
import {
  CHANGE_NUMBERS,
  changePictures,
  toNumbers,
  UNCHANGED,
} from '../../src/train/picture-changes';
import type { PictureChange } from '../../src/train/picture-changes';
import { relativeError } from '../support/close';

const SIDE = 16;
const LAST = SIDE - 1;
const BATCH = 3;

const pictures = (seed = 1): tf.Tensor4D =>
  tf.randomUniform([BATCH, SIDE, SIDE, 3], -1, 1, 'float32', seed);
const toTensor = (changes: readonly PictureChange[]): tf.Tensor2D =>
  tf.tensor2d(changes.map(toNumbers));
/** All three pictures, changed in the same way. */
const changed = (given: tf.Tensor4D, change: Partial<PictureChange>): tf.Tensor4D =>
  changePictures(given, toTensor(new Array(BATCH).fill({ ...UNCHANGED, ...change })));
const expectClose = (actual: tf.Tensor, expected: tf.Tensor): void => {
  expect(actual.shape).toEqual(expected.shape);
  expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]).toBeLessThan(1e-4);
};

test('no change is no change, to the last bit', () => {
  const given = pictures();
  expect([...changed(given, {}).dataSync()]).toEqual([...given.dataSync()]);
});

test('left and right changed over mirror a picture', () => {
  const given = pictures();
  expectClose(changed(given, { left: 1, right: 0 }), tf.reverse(given, 2));
});

test('a window that begins outside moves the picture, and what lies outside is 0', () => {
  const given = pictures();
  const down = { top: -2 / LAST, bottom: (LAST - 2) / LAST };
  const right = { left: -3 / LAST, right: (LAST - 3) / LAST };
  // the outermost pixels may be found outside by rounding: what is drawn ends a little inwards
  const inner = tf.slice(changed(given, { ...down, ...right }), [0, 3, 4, 0], [BATCH, 12, 11, 3]);
  expectClose(inner, tf.slice(given, [0, 1, 1, 0], [BATCH, 12, 11, 3]));
  const above = tf.slice(changed(given, down), [0, 0, 0, 0], [BATCH, 2, SIDE, 3]);
  expect(new Set(above.dataSync())).toEqual(new Set([0]));
});

test('a smaller window is enlarged by linear interpolation', () => {
  const ramp = tf.tile<tf.Tensor4D>(tf.reshape(tf.range(0, SIDE), [1, SIDE, 1, 1]), [
    BATCH,
    1,
    SIDE,
    3,
  ]);
  const middle = tf
    .slice(changed(ramp, { top: 0.2, bottom: 0.8 }), [0, 0, 0, 0], [1, SIDE, 1, 1])
    .dataSync();
  middle.forEach((value, i) => expect(value).toBeCloseTo(0.2 * LAST + 0.6 * i, 4));
});

test('colours have gains and offsets of their own, and the hole is 0 after them', () => {
  const given = tf.fill<tf.Rank.R4>([BATCH, SIDE, SIDE, 3], 0.5);
  const lit = changed(given, {
    ...{ gainRed: 2, gainGreen: 3, offsetGreen: -1, offsetBlue: 0.25 },
    ...{ holeTop: 4, holeLeft: -2, holeSide: 5 },
  });
  const at = (y: number, x: number): number[] => [
    ...tf.slice(lit, [1, y, x, 0], [1, 1, 1, 3]).dataSync(),
  ];
  for (const [y, x] of [
    [3, 0],
    [9, 2],
    [4, 3],
  ] as const)
    expect(at(y, x)).toEqual([1, 0.5, 0.75]);
  for (const [y, x] of [
    [4, 0],
    [8, 2],
  ] as const)
    expect(at(y, x)).toEqual([0, 0, 0]);
});

test('each picture goes through its own change', () => {
  const given = pictures();
  const own = [{}, { left: 1, right: 0 }, { gainRed: 2 }].map((change) => ({
    ...UNCHANGED,
    ...change,
  }));
  const together = changePictures(given, toTensor(own));
  own.forEach((change, i) =>
    expectClose(
      tf.slice(together, [i], [1]),
      tf.slice(changePictures(given, toTensor([change, change, change])), [i], [1]),
    ),
  );
});

test('the gradient is that of finite differences', () => {
  const random = createRandom(5);
  const changes = toTensor(
    Array.from({ length: BATCH }, (_, i) =>
      i === 0 ? drawPerceptualChange(random) : drawDiscriminatorChange(random, SIDE),
    ),
  );
  const weights = pictures(2);
  const score = (given: tf.Tensor): tf.Scalar =>
    tf.sum(tf.mul(weights, changePictures(given as tf.Tensor4D, changes)));
  const given = pictures();
  const gradient = tf.grad(score)(given);
  // it is linear but for its offsets: any step will do
  for (const seed of [3, 4, 5]) {
    const direction = pictures(seed);
    const along = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
    const difference = tf.sub(score(tf.add(given, direction)), score(given)).dataSync()[0]!;
    expect(Math.abs(along - difference)).toBeLessThan(1e-3 * Math.abs(along));
  }
});

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

test('what AlexNet sees is a window within the picture of nine tenths or more, half of them mirrored', () => {
  const random = createRandom(1);
  const all = draws(400, () => drawPerceptualChange(random));
  for (const { top, bottom, left, right, holeSide } of all) {
    const ends = [top, bottom, left, right];
    expect([Math.min(...ends) > 0, Math.max(...ends) < 1]).toEqual([true, true]);
    expect(bottom - top).toBeGreaterThan(0.9 - 1e-5);
    expect(Math.abs(right - left)).toBeCloseTo(bottom - top, 9);
    expect(holeSide).toBe(0);
  }
  const mirrored = all.filter(({ left, right }) => left > right).length;
  expect(Math.abs(mirrored - 200)).toBeLessThan(50);
});

test('what the discriminator sees is moved by whole pixels up to an eighth, and is as large and as sharp as it was', () => {
  const random = createRandom(1);
  const all = draws(400, () => drawDiscriminatorChange(random, 128));
  const moves = all.flatMap(({ top, left, right }) => [top, Math.min(left, right)]);
  for (const move of moves)
    expect(Math.abs(move * 127 - Math.round(move * 127))).toBeLessThan(1e-3);
  expect(new Set(moves.map((move) => Math.round(move * 127)))).toEqual(
    new Set(Array.from({ length: 33 }, (_, i) => i - 16)),
  );
  for (const { bottom, top, holeSide } of all)
    expect([(bottom - top).toFixed(5), holeSide]).toEqual(['1.00000', 32]);
});

test('light leaves grey grey on the average and black within a tenth of the range or so', () => {
  const random = createRandom(1);
  const all = draws(400, () => drawDiscriminatorChange(random, 128));
  const mean = (of: (change: PictureChange) => number): number =>
    all.reduce((sum, change) => sum + of(change), 0) / all.length;
  expect(Math.abs(mean(({ gainRed }) => gainRed) - 1)).toBeLessThan(0.02);
  expect(Math.abs(mean(({ offsetBlue }) => offsetBlue))).toBeLessThan(0.02);
  for (const { gainGreen, offsetGreen } of all) {
    expect(Math.abs(gainGreen - 1)).toBeLessThan(0.261);
    expect(Math.abs(offsetGreen)).toBeLessThanOrEqual(0.2);
  }
  // AlexNet's pictures are not around 128: contrast turns about it all the same
  for (const { gainRed, offsetRed, gainBlue, offsetBlue } of draws(50, () =>
    drawPerceptualChange(random),
  ))
    expect(offsetRed - (1 - gainRed) * (127.5 - 104)).toBeCloseTo(
      offsetBlue - (1 - gainBlue) * (127.5 - 124),
      9,
    );
});

const SETTINGS = { seed: 3, image_size: SIDE, perceptual_augment: true, d_augment: true };
const valuesOf = (tensor: tf.Tensor | null | undefined): number[] => [
  ...(tensor?.dataSync() ?? []),
];

test('a step’s changes come from the seed and its number alone, and neither setting changes the other’s', () => {
  const of = (settings: Partial<typeof SETTINGS>, step: number) => {
    const drawn = drawChanges({ ...SETTINGS, ...settings }, step, { first: 0, count: BATCH });
    return [valuesOf(drawn.perceptualChanges), valuesOf(drawn.discriminatorChanges)];
  };
  const [perceptual, discriminator] = of({}, 7);
  expect(of({}, 7)).toEqual([perceptual, discriminator]);
  expect(of({ d_augment: false }, 7)).toEqual([perceptual, []]);
  expect(of({ perceptual_augment: false }, 7)).toEqual([[], discriminator]);
  for (const other of [of({}, 8), of({ seed: 4 }, 7), of({ seed: 4 }, 6)]) {
    expect(other[0]).not.toEqual(perceptual);
    expect(other[1]).not.toEqual(discriminator);
  }
});

test('each picture has a change of its own in every place that the discriminator sees it', () => {
  const { discriminatorChanges: changes } = drawChanges(SETTINGS, 0, { first: 0, count: BATCH });
  const rows = SEEN_BY_DISCRIMINATOR.flatMap(
    (seen) => tf.unstack(changesOf(changes!, [seen])) as tf.Tensor1D[],
  ).map((row) => valuesOf(row).join());
  expect(new Set(rows).size).toBe(BATCH * SEEN_BY_DISCRIMINATOR.length);
  const several = changesOf(changes!, ['real', 'fake']);
  expect(several.shape).toEqual([2 * BATCH, CHANGE_NUMBERS.length]);
  expect(
    relativeError(
      several.dataSync(),
      tf.concat([changesOf(changes!, ['real']), changesOf(changes!, ['fake'])]).dataSync(),
    ),
  ).toBe(0);
});
