import { tf } from '../../src/engine/tf';
import { showFaces } from '../../src/ageing/age-faces';
import { MEAN_RGB } from '../../src/images/pixel-range';
import { initializeWeights } from '../../src/models/initialize';
import { maskedGenerator } from '../../src/models/masked-generator';
import { assignValues, namedWeights } from '../../src/models/named-weights';
import { sameLabel } from '../../src/models/age-condition';
import { forwardGenerator, generate } from '../../src/train/forward';
import { relativeError } from '../support/close';

const SHAPE = { imageSize: 16, ageGroups: 5, channels: 4 };
const draw = (low: number, high: number, seed: number): tf.Tensor4D =>
  tf.randomUniform<tf.Rank.R4>([3, 16, 16, 3], low, high, 'float32', seed);

/** Sources minus the mean, as the generator gives them back: [-1, 1]. */
const unchanged = (source: tf.Tensor4D): tf.Tensor =>
  tf.sub(tf.div(tf.add(source, tf.tensor1d([...MEAN_RGB])), 127.5), 1);

test('with weights of zero an eighth of every pixel is grey, and the rest is the source', () => {
  const generator = maskedGenerator.build(SHAPE);
  const source = draw(-110, 130, 1);
  const { fake, mask } = showFaces(generator, source, 2, 'moving');
  const share = 1 / (1 + Math.exp(2));
  expect(mask!.shape).toEqual([3, 16, 16, 1]);
  expect(relativeError(mask!.dataSync(), new Float32Array(mask!.size).fill(share))).toBeLessThan(
    1e-6,
  );
  const expected = tf.mul(unchanged(source), 1 - share).dataSync();
  expect(relativeError(fake.dataSync(), expected)).toBeLessThan(1e-5);
});

test('where the mask is 1 the picture is the tanh of the colours, where it is 0 the source', () => {
  const generator = maskedGenerator.build(SHAPE);
  const biases = namedWeights(generator).get('generator/conv4/biases')!;
  const source = draw(-110, 130, 2);
  assignValues(biases, Float32Array.of(0.5, -0.5, 0, 50));
  const painted = showFaces(generator, source, 0, 'moving').fake;
  const colours = [Math.tanh(0.5), Math.tanh(-0.5), 0];
  expect(
    relativeError(
      painted.dataSync(),
      Float32Array.from({ length: painted.size }, (_, i) => colours[i % 3]!),
    ),
  ).toBeLessThan(1e-5);
  assignValues(biases, Float32Array.of(0.5, -0.5, 0, -50));
  const kept = showFaces(generator, source, 0, 'moving').fake;
  expect(relativeError(kept.dataSync(), unchanged(source).dataSync())).toBeLessThan(1e-5);
});

test('a pass gives gradients for what the picture and the mask are asked for together', () => {
  const generator = maskedGenerator.build(SHAPE);
  initializeWeights(generator, 1);
  const input = { source: draw(-110, 130, 3), trueLabel: sameLabel(1, 3, 5) };
  const wanted = draw(-1, 1, 4);
  const variables = [...namedWeights(generator)].filter(([name]) => !name.includes('/moving_'));
  // Σ wanted·fake + 2·Σ mask, in one piece
  const { grads } = tf.variableGrads(
    () => {
      const [fake, mask] = generator.apply([input.source, input.trueLabel], {
        training: true,
      }) as [tf.Tensor4D, tf.Tensor4D];
      return tf.add(tf.sum(tf.mul(wanted, fake)), tf.mul(2, tf.sum(mask))).asScalar();
    },
    variables.map(([, variable]) => variable),
  );
  const before = tf.memory().numTensors;
  const pass = forwardGenerator(generator, input, 0);
  const gradients = pass.backward(wanted, tf.fill(pass.mask!.shape, 2));
  for (const [name, variable] of variables)
    // a bias that feeds a batch norm has no gradient but rounding
    if (!/conv\d*\/biases|deconv\d\/biases/.test(name) || name.includes('conv4'))
      expect([
        name,
        relativeError(gradients[name]!.dataSync(), grads[variable.name]!.dataSync()) < 1e-3,
      ]).toEqual([name, true]);
  tf.dispose(gradients);
  // the gradient of the mask alone is left
  expect(tf.memory().numTensors).toBe(before + 1);
});

test('folded, it paints the same pictures and masks within 1/255', () => {
  const generator = maskedGenerator.build(SHAPE);
  initializeWeights(generator, 5);
  for (let seed = 20; seed < 24; seed++)
    generate(generator, draw(-110, 130, seed), sameLabel(seed % 5, 3, 5), 1).dispose();
  const folded = maskedGenerator.fold(generator);
  const source = draw(-110, 130, 7);
  const whole = showFaces(generator, source, 3, 'moving');
  const fast = showFaces(folded, source, 3, 'moving');
  expect(tf.max(tf.abs(tf.sub(whole.fake, fast.fake))).dataSync()[0]).toBeLessThan(2 / 255);
  expect(tf.max(tf.abs(tf.sub(whole.mask!, fast.mask!))).dataSync()[0]).toBeLessThan(1 / 255);
});
