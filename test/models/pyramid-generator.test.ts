import { tf } from '../../src/engine/tf';
import { showFaces } from '../../src/ageing/age-faces';
import { MEAN_RGB } from '../../src/images/pixel-range';
import type { GeneratorOutputs } from '../../src/models/generator-outputs';
import { blurred, gaussianKernel } from '../../src/models/layers/gaussian-blur';
import { bandBlurs } from '../../src/models/layers/pyramid-blend';
import { assignValues, namedWeights } from '../../src/models/named-weights';
import { pyramidGenerator } from '../../src/models/pyramid-generator';
import { fillWithChance } from '../support/random-weights';

const SIZE = 64;
const SHAPE = { imageSize: SIZE, ageGroups: 5, channels: 4 };
const SHOWN = 50;
/** Biases of the last convolution: gains of four bands, light, colourfulness. */
const NOTHING = [0, 0, 0, 0, 0, 0];

/** What a generator whose last convolution is nothing but these biases makes of a source. */
function shown(source: tf.Tensor4D, biases: readonly number[]): GeneratorOutputs {
  const generator = pyramidGenerator.build(SHAPE);
  assignValues(
    namedWeights(generator).get('generator/conv4/biases')!,
    Float32Array.from(biases),
  );
  return showFaces(generator, source, 1, 'moving');
}
const edited = (source: tf.Tensor4D, biases: readonly number[]): tf.Tensor4D =>
  shown(source, biases).fake;

/** RGB in [-1, 1] as a generator takes it. */
const sourceOf = (picture: tf.Tensor4D): tf.Tensor4D =>
  tf.sub(tf.mul(tf.add(picture, 1), 127.5), tf.tensor1d([...MEAN_RGB]));
/** The middle of a picture, away from the borders, where maps fade. */
const middle = (x: tf.Tensor4D): tf.Tensor4D =>
  tf.slice(x, [0, 24, 24, 0], [1, 16, 16, -1]) as tf.Tensor4D;
const farthest = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
const noise = (): tf.Tensor4D =>
  tf.randomUniform<tf.Rank.R4>([1, SIZE, SIZE, 3], -0.3, 0.3, 'float32', 5);

test('with weights of zero the source comes back, and its mask is black', () => {
  const picture = noise();
  const { fake, mask } = shown(sourceOf(picture), NOTHING);
  expect(farthest(fake, picture)).toBeLessThan(1e-5);
  expect(tf.max(mask!).dataSync()[0]).toBeLessThan(1e-9);
});

test('the mask is the sum of the squares of all edits, 1 at most', () => {
  const maskOf = (biases: readonly number[]): number =>
    middle(shown(sourceOf(noise()), biases).mask!).dataSync()[0]!;
  // a gain of 0 is a third of what one of 4 is
  expect(maskOf([-SHOWN, 0, 0, 0, 0, 0])).toBeCloseTo(1 / 9, 5);
  expect(maskOf([0, 0, 0, 0, Math.atanh(0.5), Math.atanh(-0.6)])).toBeCloseTo(0.61, 4);
  expect(maskOf([SHOWN, 0, 0, 0, SHOWN, 0])).toBe(1);
});

test('a gain makes the details of its band stronger, and leaves the others', () => {
  const picture = noise();
  const [fine, coarser] = bandBlurs(SIZE).map((sigma) => blurred(picture, sigma));
  const band = tf.sub(fine!, coarser!);
  // 4 · sigmoid(log 3) is 3: as much as was there, and twice that
  const tripled = edited(sourceOf(picture), [0, Math.log(9), 0, 0, 0, 0]);
  const expected = tf.add(picture, tf.mul(band, 2)) as tf.Tensor4D;
  expect(farthest(middle(tripled), middle(expected))).toBeLessThan(1e-4);
  const gone = edited(sourceOf(picture), [0, -SHOWN, 0, 0, 0, 0]);
  expect(farthest(middle(gone), middle(tf.sub(picture, band)))).toBeLessThan(1e-4);
});

test('no gain draws on a plain picture; light moves all colours, colourfulness takes them to their grey', () => {
  const plain = tf.tile(tf.tensor4d([0.4, 0, -0.2], [1, 1, 1, 3]), [1, SIZE, SIZE, 1]) as tf.Tensor4D;
  // the border is an edge to what lies beyond; the middle is farther from it than the coarsest blur reaches
  const gained = edited(sourceOf(plain), [SHOWN, SHOWN, SHOWN, 0, 0, 0]);
  expect(farthest(middle(gained), middle(plain))).toBeLessThan(1e-4);
  const lit = edited(sourceOf(plain), [0, 0, 0, 0, SHOWN, 0]);
  expect(farthest(middle(lit), middle(tf.add(plain, 0.3)))).toBeLessThan(1e-4);
  const grey = 0.299 * 0.4 - 0.114 * 0.2;
  const pale = edited(sourceOf(plain), [0, 0, 0, 0, 0, -SHOWN]);
  expect(farthest(middle(pale), tf.fill([1, 16, 16, 3], grey))).toBeLessThan(1e-3);
});

test('folded, it edits the same within 1/255', () => {
  const generator = pyramidGenerator.build(SHAPE);
  fillWithChance(generator);
  const folded = pyramidGenerator.fold(generator);
  const source = tf.randomUniform<tf.Rank.R4>([2, SIZE, SIZE, 3], -110, 130, 'float32', 7);
  const [whole, fast] = [generator, folded].map((model) => showFaces(model, source, 3, 'moving'));
  expect(farthest(whole!.fake, fast!.fake)).toBeLessThan(2 / 255);
  expect(farthest(whole!.mask!, fast!.mask!)).toBeLessThan(2 / 255);
});

test('a Gaussian sums to 1 and has its standard deviation; a blur spreads a point by it', () => {
  const kernel = gaussianKernel(2);
  const radius = (kernel.length - 1) / 2;
  expect(kernel.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
  const variance = kernel.reduce((sum, weight, i) => sum + weight * (i - radius) ** 2, 0);
  expect(Math.sqrt(variance)).toBeCloseTo(2, 1);
  const point = tf.tidy(() => {
    const values = new Float32Array(25 * 25);
    values[12 * 25 + 12] = 1;
    return blurred(tf.tensor4d(values, [1, 25, 25, 1]), 2);
  });
  const at = (row: number, column: number): number =>
    point.dataSync()[row * 25 + column]!;
  expect(at(12, 12)).toBeCloseTo(kernel[radius]! ** 2, 6);
  expect(at(10, 13)).toBeCloseTo(kernel[radius - 2]! * kernel[radius + 1]!, 6);
});
