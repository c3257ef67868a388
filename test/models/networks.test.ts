import path from 'node:path';
import { tf } from '../../src/engine/tf';
import { ageByBatchStatistics, ageByMovingAverages } from '../../src/ageing/age-faces';
import { saveModel } from '../../src/weights/saved-model';
import { sameLabel } from '../../src/models/age-condition';
import { buildIdentityHead, buildTrunk } from '../../src/models/alexnet';
import type { AlexNetWidths } from '../../src/models/alexnet';
import { ageLogits } from '../../src/models/age-classifier';
import { buildDiscriminator } from '../../src/models/discriminator';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import { buildGenerator } from '../../src/models/generator';
import { initializeWeights } from '../../src/models/initialize';
import { countStatistics } from '../../src/models/layers/batch-normalization';
import type { BatchStatistics } from '../../src/models/layers/batch-normalization';
import { namedWeights, trainableWeights } from '../../src/models/named-weights';
import { relativeError } from '../support/close';
import { generate } from '../../src/train/forward';
import { temporaryFolders } from '../support/temporary';

const NARROW: AlexNetWidths = {
  conv1: 4,
  conv2: 4,
  conv3: 4,
  conv4: 4,
  conv5: 4,
  fc6: 8,
  fc7: 8,
  new_1: 4,
  age_fc6: 8,
  age_fc7: 8,
};
const newFolder = temporaryFolders();

const count = (variables: ReadonlyMap<string, tf.Variable>): number =>
  [...variables.values()].reduce((sum, { size }) => sum + size, 0);

test('the generator has the parameters of the original', () => {
  const generator = buildGenerator({ imageSize: 128, ageGroups: 5, channels: 32 });
  // convolutions 7·7·8·32+32, 3·3·32·64+64, 3·3·64·128+128, 12 × (3·3·128·128+128), up 3·3·64·128+64, 3·3·32·64+32, out 7·7·32·3+3,
  // batch norms 2 × (32+64+128+12·128+64+32)
  expect(count(trainableWeights(generator))).toBe(
    12576 + 18496 + 73856 + 12 * 147584 + 73792 + 18464 + 4707 + 2 * 1856,
  );
  expect(
    [...namedWeights(generator).keys()].filter((name) => name.endsWith('/weights')),
  ).toHaveLength(3 + 12 + 2 + 1);
});

test('the discriminator has the parameters of the original and 512 channels of scores', () => {
  const discriminator = buildDiscriminator({ imageSize: 128, ageGroups: 5, channels: 64 });
  expect(discriminator.outputs[0]!.shape).toEqual([null, 16, 16, 512]);
  // 4·4·3·64+64, 4·4·69·128+128, 4·4·128·256+256, 4·4·256·512+512, 4·4·512·512+512, norms 2 × (128+256+512)
  expect(count(trainableWeights(discriminator))).toBe(
    3136 + 141440 + 524544 + 2097664 + 4194816 + 1792,
  );
});

test('AlexNet has the parameters of the original, and none that no loss needs', () => {
  const frozen = buildPerceptualNetworks({ featureLayer: 'conv5', ageGroups: null })!;
  // 11·11·3·96+96, 5·5·48·256+256, 3·3·256·384+384, 3·3·192·384+384, 3·3·192·256+256
  expect(count(namedWeights(frozen.joint))).toBe(34944 + 307456 + 885120 + 663936 + 442624);
  expect(frozen.ageClassifier).toBeNull();
  expect(buildPerceptualNetworks({ featureLayer: null, ageGroups: null })).toBeNull();
});

test('AlexNet has the shapes of Caffe’s layout', () => {
  const trunk = buildTrunk(NARROW);
  expect(
    [trunk.conv3, trunk.conv5, trunk.pool5, trunk.flat].map(({ shape }) => shape.slice(1)),
  ).toEqual([[13, 13, 4], [13, 13, 4], [6, 6, 4], [144]]);
  expect(buildIdentityHead(trunk, 7, NARROW).new_2.shape).toEqual([null, 7]);
  expect(ageLogits(trunk, 3, NARROW).shape).toEqual([null, 3]);
});

test.each([
  [64, 5],
  [128, 2],
  [256, 10],
])(
  'a generator for %i px and %i groups gives pictures of its size in [-1, 1]',
  (imageSize, ageGroups) => {
    const generator = buildGenerator({ imageSize, ageGroups, channels: 2 });
    initializeWeights(generator, 1, () => 0.5);
    const output = ageByBatchStatistics(
      generator,
      tf.randomUniform([1, imageSize, imageSize, 3], -110, 130),
      ageGroups - 1,
    );
    expect(output.shape).toEqual([1, imageSize, imageSize, 3]);
    expect(tf.max(tf.abs(output)).dataSync()[0]).toBeLessThanOrEqual(1);
  },
);

test('an image size that cannot be halved twice is refused', () => {
  expect(() => buildGenerator({ imageSize: 130, ageGroups: 5, channels: 2 })).toThrow(
    '--image_size: expected a multiple of 4, got 130',
  );
});

test('the residual blocks have weights of their own', () => {
  const generator = buildGenerator({ imageSize: 16, ageGroups: 3, channels: 2 });
  initializeWeights(generator, 1);
  const [first, second] = [0, 1].map((unit) =>
    namedWeights(generator).get(`generator/unit_${unit}/sub1/conv1/weights`)!.dataSync(),
  );
  expect(relativeError(first!, second!)).toBeGreaterThan(0.1);
});

test('starting weights have the spread of the original and depend on the seed alone', () => {
  const weights = [1, 1, 2].map((seed) => {
    const discriminator = buildDiscriminator({ imageSize: 16, ageGroups: 3, channels: 16 });
    initializeWeights(discriminator, seed);
    return Array.from(namedWeights(discriminator).get('discriminator/dis_4/weights')!.dataSync());
  });
  expect(weights[0]).toEqual(weights[1]);
  expect(relativeError(weights[2]!, weights[0]!)).toBeGreaterThan(0.1);
  const rms = Math.sqrt(weights[0]!.reduce((sum, w) => sum + w * w, 0) / weights[0]!.length);
  // a normal of σ 0.02 cut at 2 σ has a spread of 0.88 σ
  expect(rms / 0.02).toBeCloseTo(0.88, 1);
  expect(weights[0]!.reduce((most, w) => Math.max(most, Math.abs(w)), 0)).toBeLessThanOrEqual(0.04);
});

test('moving averages are zero-debiased, and a pass counted twice is two updates', () => {
  const generator = buildGenerator({ imageSize: 16, ageGroups: 3, channels: 2 });
  initializeWeights(generator, 3, () => 0.3);
  const source = tf.randomUniform([2, 16, 16, 3], -100, 100, 'float32', 9) as tf.Tensor4D;
  const run = (updates: number): void =>
    generate(generator, source, sameLabel(1, 2, 3), updates).dispose();
  const read = (statistic: string): Float32Array =>
    namedWeights(generator).get(`generator/bn1/${statistic}`)!.dataSync() as Float32Array;
  run(0);
  expect([...read('moving_mean')]).toEqual([0, 0]);
  run(2);
  const mean = read('moving_mean').slice();
  expect(read('generator/bn1/moving_mean/local_step')[0]).toBe(2);
  expect(
    relativeError(
      read('generator/bn1/moving_mean/biased'),
      mean.map((m) => m * (1 - 0.81)),
    ),
  ).toBeLessThan(1e-5);
  // the same batch again: the average of equal numbers stays
  run(1);
  expect(relativeError(read('moving_mean'), mean)).toBeLessThan(1e-5);
});

test('a saved generator opens with tf.loadLayersModel and predicts the same', async () => {
  const generator = buildGenerator({ imageSize: 16, ageGroups: 3, channels: 2 });
  initializeWeights(generator, 4, () => 0.3);
  const source = tf.randomUniform([2, 16, 16, 3], -100, 100) as tf.Tensor4D;
  tf.dispose(generator.apply([source, sameLabel(2, 2, 3)], { training: true }) as tf.Tensor);
  const folder = path.join(newFolder(), 'generator');
  await saveModel(generator, folder);
  const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
  const [a, b] = [generator, loaded].map((model) =>
    ageByMovingAverages(model, source, 2).dataSync(),
  );
  expect(relativeError(b!, a!)).toBeLessThan(1e-6);
});

test('batches in one pass, part by part, score and count as passes of their own in the same order', () => {
  const build = (): tf.LayersModel => {
    const discriminator = buildDiscriminator({ imageSize: 16, ageGroups: 3, channels: 2 });
    initializeWeights(discriminator, 5, () => 0.3);
    return discriminator;
  };
  const pictures = [1, 2, 3].map((seed) =>
    tf.randomUniform([2, 16, 16, 3], -1, seed, 'float32', seed),
  );
  const labels = [0, 1, 2].map((group) => sameLabel(group, 2, 3));
  const together = build();
  const apart = build();
  const all: BatchStatistics[] = [];
  const joint = together.apply([tf.concat(pictures), tf.concat(labels)], {
    training: true,
    parts: 3,
    statistics: all,
  }) as tf.Tensor;
  countStatistics(all, 1);
  const single = pictures.map((picture, i) => {
    const statistics: BatchStatistics[] = [];
    const scores = apart.apply([picture, labels[i]!], { training: true, statistics }) as tf.Tensor;
    countStatistics(statistics, 1);
    return scores;
  });
  expect(relativeError(joint.dataSync(), tf.concat(single).dataSync())).toBeLessThan(1e-5);
  for (const [name, weight] of namedWeights(apart))
    expect([
      name,
      relativeError(namedWeights(together).get(name)!.dataSync(), weight.dataSync()) < 1e-5,
    ]).toEqual([name, true]);
});
