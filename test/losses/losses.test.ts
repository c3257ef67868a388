import { MEAN_RGB } from '../../src/images/pixel-range';
import { tf } from '../../src/engine/tf';
import { discriminatorLoss, generatorLoss } from '../../src/losses/adversarial';
import { ageLoss } from '../../src/losses/age';
import { identityLoss, relativeIdentityLoss } from '../../src/losses/identity';
import { discriminatorObjective, generatorObjective } from '../../src/losses/objective';
import { metricOf, weightKeyOf, withWeights } from '../../src/losses/term';
import { maskLoss } from '../../src/losses/mask';
import { LOSS_TERMS } from '../../src/losses/terms';
import { toneLoss } from '../../src/losses/tone';
import { totalVariationLoss } from '../../src/losses/total-variation';

const valueOf = (tensor: tf.Tensor): number => tensor.dataSync()[0]!;

test('the discriminator loss is half of real plus a quarter each of mislabelled and fake', () => {
  const { loss, real, mislabelled, fake } = discriminatorLoss({
    real: tf.tensor1d([0, 2]),
    mislabelled: tf.tensor1d([1, 3]),
    fake: tf.tensor1d([2, 4]),
  });
  // means: (1+1)/2 = 1, (1+9)/2 = 5, (4+16)/2 = 10
  expect([real, mislabelled, fake].map(valueOf)).toEqual([1, 5, 10]);
  expect(valueOf(loss)).toBeCloseTo(0.5 * (1 + 0.5 * (5 + 10)), 6);
});

test('the generator wants scores of one', () => {
  expect(valueOf(generatorLoss(tf.tensor1d([1, 1])))).toBe(0);
  // (4 + 0) / 2 / 2
  expect(valueOf(generatorLoss(tf.tensor1d([3, 1])))).toBe(1);
});

test('the identity loss sums over features and means over the batch', () => {
  const fake = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 2]);
  // all differences are 2: 4 features each of 4, not divided by 4
  expect(valueOf(identityLoss(fake, tf.add(fake, 2)))).toBe(16);
});

test('the relative identity loss is free of the scale and the number of features, picture by picture', () => {
  const source = tf.tensor4d([1, 2, 2, 0, 10, 0, 0, 0], [2, 1, 2, 2]);
  const nothing = tf.zerosLike(source);
  expect(valueOf(relativeIdentityLoss(source, source))).toBe(0);
  expect(valueOf(relativeIdentityLoss(nothing, source))).toBe(1);
  // 9 of 9 + 0 of 100, halved: the larger second picture does not drown the first
  const fake = tf.tensor4d([1, 2, 5, 0, 10, 0, 0, 0], [2, 1, 2, 2]);
  expect(valueOf(relativeIdentityLoss(fake, source))).toBeCloseTo(0.5, 6);
  expect(valueOf(relativeIdentityLoss(tf.mul(fake, 7), tf.mul(source, 7)))).toBeCloseTo(0.5, 6);
  // a picture without features has no scale
  expect(Number.isFinite(valueOf(relativeIdentityLoss(source, nothing)))).toBe(true);
});

test('the age loss is the mean cross-entropy in nats', () => {
  const logits = tf.tensor2d([0, 0, 0, Math.log(3)], [2, 2]);
  // ln 2 for a tie; three quarters for the second picture's first guess, its target
  const target = tf.tensor2d([1, 0, 0, 1], [2, 2]);
  expect(valueOf(ageLoss(logits, target))).toBeCloseTo((Math.log(2) - Math.log(0.75)) / 2, 6);
});

test('total variation counts neighbours in both directions in grey levels', () => {
  const picture = tf.tensor4d([0, 1, 0, 0], [1, 2, 2, 1]);
  // one step of 1 across and one down: 127.5 each
  expect(valueOf(totalVariationLoss(picture))).toBe(255);
});

test('every term is multiplied by its own weight', () => {
  const values = { gan: tf.scalar(1), fea: tf.scalar(10), age: tf.scalar(100), tv: tf.scalar(1e3) };
  const terms = withWeights(LOSS_TERMS, { gan: 2, fea: 3, age: 4, tv: 5 });
  expect(valueOf(generatorObjective(values, terms))).toBe(2 + 30 + 400 + 5000);
  expect(valueOf(generatorObjective({ fea: tf.scalar(10) }, terms))).toBe(30);
  expect(valueOf(discriminatorObjective(tf.scalar(1.5), LOSS_TERMS))).toBe(112.5);
});

test('the list of terms has the original\u2019s weights, flags and metrics', () => {
  expect(LOSS_TERMS.map((term) => [weightKeyOf(term), term.weight, metricOf(term)])).toEqual([
    ['gan_loss_weight', 75, 'g_loss'],
    ['fea_loss_weight', 0.5e-4, 'fea_loss'],
    ['age_loss_weight', 30, 'age_loss'],
    ['tv_loss_weight', 0, 'tv_loss'],
    ['mask_loss_weight', 0, 'mask_loss'],
    ['tone_loss_weight', 0, 'tone_loss'],
    ['prototype_loss_weight', 0, 'prototype_loss'],
  ]);
});

test('the tone term sees what a whole part gains, and no line in it', () => {
  const fill = (value: number, rows = 16): tf.Tensor4D => tf.fill([1, rows, 16, 3], value);
  const source: tf.Tensor4D = tf.sub(fill(127.5), tf.tensor1d([...MEAN_RGB]));
  // two rows of a part: one as much lighter as the other is darker
  const signs = Array.from({ length: 16 }, (_, row) => (row % 2 ? 0.5 : -0.5));
  const lines: tf.Tensor4D = tf.mul(fill(1), tf.tensor4d(signs, [1, 16, 1, 1]));
  expect(valueOf(toneLoss(lines, source))).toBeCloseTo(0, 10);
  expect(valueOf(toneLoss(fill(0.5), source))).toBeCloseTo(0.25, 6);
  // the upper half alone
  const half = tf.concat([fill(0.5, 8), fill(0, 8)], 1);
  expect(valueOf(toneLoss(half, source))).toBeCloseTo(0.125, 6);
});

test('the mask term is the mean of the mask', () => {
  expect(maskLoss(tf.tensor4d([0, 0.5, 1, 0.5], [1, 2, 2, 1])).dataSync()[0]).toBe(0.5);
});
