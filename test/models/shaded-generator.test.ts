import { tf } from '../../src/engine/tf';
import { showFaces } from '../../src/ageing/age-faces';
import { MEAN_RGB } from '../../src/images/pixel-range';
import { assignValues, namedWeights } from '../../src/models/named-weights';
import { shadedGenerator } from '../../src/models/shaded-generator';
import { relativeError } from '../support/close';
import { fillWithChance } from '../support/random-weights';

const SHAPE = { imageSize: 16, ageGroups: 5, channels: 4 };

/** What a generator whose last convolution is nothing but these biases makes of a pixel, in [-1, 1]. */
function shade(pixel: readonly number[], biases: readonly number[]): number[] {
  const generator = shadedGenerator.build(SHAPE);
  assignValues(
    namedWeights(generator).get('generator/conv4/biases')!,
    Float32Array.from(biases),
  );
  const source = tf.sub(
    tf.fill([1, 16, 16, 3], 0),
    tf.tensor1d(MEAN_RGB.map((mean, i) => mean - (pixel[i] ?? 0))),
  ) as tf.Tensor4D;
  const { fake } = showFaces(generator, source, 1, 'moving');
  return [...tf.slice(fake, [0, 8, 8, 0], [1, 1, 1, 3]).dataSync()];
}

const PIXEL = [200, 100, 50];
const unchanged = PIXEL.map((value) => value / 127.5 - 1);
const grey = 0.299 * unchanged[0]! + 0.587 * unchanged[1]! + 0.114 * unchanged[2]!;
const close = (got: readonly number[], expected: readonly number[]): void =>
  expect(relativeError(Float32Array.from(got), Float32Array.from(expected))).toBeLessThan(1e-5);

test('with weights of zero, and where the mask is 0, the source comes back', () => {
  close(shade(PIXEL, [0, 0, 0]), unchanged);
  close(shade(PIXEL, [2, -2, -50]), unchanged);
});

test('light moves all colours by the same, colourfulness moves them from their grey or to it, and neither leaves the range', () => {
  close(shade(PIXEL, [-0.2, 0, 50]), unchanged.map((value) => value - Math.tanh(0.2)));
  close(shade(PIXEL, [0, -50, 50]), [grey, grey, grey]);
  close(shade(PIXEL, [0, 0.3, 50]), unchanged.map((value) => value + Math.tanh(0.3) * (value - grey)));
  close(shade(PIXEL, [50, 0, 50]), [1, unchanged[1]! + 1, unchanged[2]! + 1]);
});

test('folded, it shades the same within 1/255', () => {
  const generator = shadedGenerator.build(SHAPE);
  fillWithChance(generator);
  const folded = shadedGenerator.fold(generator);
  const source = tf.randomUniform<tf.Rank.R4>([2, 16, 16, 3], -110, 130, 'float32', 7);
  const [whole, fast] = [generator, folded].map((model) => showFaces(model, source, 3, 'moving'));
  expect(tf.max(tf.abs(tf.sub(whole!.fake, fast!.fake))).dataSync()[0]).toBeLessThan(2 / 255);
  expect(tf.max(tf.abs(tf.sub(whole!.mask!, fast!.mask!))).dataSync()[0]).toBeLessThan(2 / 255);
});
