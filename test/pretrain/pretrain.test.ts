import { tf } from '../../src/engine/tf';
import { NO_TRAINING_LAYERS, widthsWithHead } from '../../src/models/alexnet';
import { countStatistics } from '../../src/models/layers/batch-normalization';
import type { BatchStatistics } from '../../src/models/layers/batch-normalization';
import { seededDropout } from '../../src/models/layers/seeded-dropout';
import { createPerVariableOptimizer } from '../../src/optimizers/per-variable';
import { temporaryFolders } from '../support/temporary';
import { openSavedModel, saveModel } from '../../src/weights/saved-model';
import { fittingLayers, fold, insertBatchNorms, takeLayers } from '../../src/pretrain/network';
import type { AlexNetNetwork } from '../../src/models/alexnet-network';
import { buildAlexNet, runAlexNet, initializeAlexNet } from '../../src/models/alexnet-network';

const newFolder = temporaryFolders();
const SHAPE = {
  widths: widthsWithHead(16),
  hasIdentity: true,
  descriptor: 128,
  people: null,
  ageGroups: 5,
};
const NORMS = { batchNorm: true, dropout: 0.5 };
const faces = (seed: number) =>
  tf.randomUniform<tf.Rank.R4>([4, 227, 227, 3], -110, 130, 'float32', seed);

function furthest(left: AlexNetNetwork, right: AlexNetNetwork, images: tf.Tensor4D): number {
  return tf.tidy(() => {
    const a = runAlexNet(left, images);
    const b = runAlexNet(right, images);
    return Math.max(
      ...(['conv5', 'fc7', 'descriptor', 'age'] as const).map((name) => {
        const scale = tf.max(tf.abs(a[name]!)).dataSync()[0]!;
        expect(scale).toBeGreaterThan(0);
        return tf.max(tf.abs(tf.sub(a[name]!, b[name]!))).dataSync()[0]! / scale;
      }),
    );
  });
}

test('batch norm folded into the weights gives what its moving averages give, and the saved network has none', async () => {
  const trained = buildAlexNet(SHAPE, { trunk: NORMS, identity: NORMS, age: NORMS });
  const plain = buildAlexNet(SHAPE);
  await initializeAlexNet(trained, 3, null);
  for (const seed of [1, 2, 3]) {
    const statistics: BatchStatistics[] = [];
    const images = faces(seed);
    tf.dispose(
      Object.values(tf.tidy(() => runAlexNet(trained, images, { training: true, statistics }))),
    );
    expect(statistics).toHaveLength(5 + 4);
    countStatistics(statistics, 1);
  }
  // a factor and a shift that are not the first ones
  trained.weights
    .get('alexnet/conv3_bn/gamma')!
    .assign(tf.randomUniform([384], 0.5, 1.5, 'float32', 9));
  trained.weights
    .get('alexnet/conv3_bn/beta')!
    .assign(tf.randomUniform([384], -0.5, 0.5, 'float32', 8));
  fold(trained, plain);
  expect([...plain.weights.keys()].filter((name) => name.includes('_bn'))).toEqual([]);
  expect(furthest(trained, plain, faces(5))).toBeLessThan(1e-4);
});

test('batch norm put into a plain trunk changes nothing by its moving averages', async () => {
  const plain = buildAlexNet(SHAPE);
  await initializeAlexNet(plain, 4, null);
  const trained = buildAlexNet(SHAPE, {
    trunk: { batchNorm: true, dropout: 0 },
    identity: NO_TRAINING_LAYERS,
    age: NO_TRAINING_LAYERS,
  });
  insertBatchNorms(plain, trained, faces(6));
  expect(furthest(plain, trained, faces(7))).toBeLessThan(1e-3);
});

test('what fits of a network is taken, whatever width the rest has; batch norm put into it changes nothing, dense layers too', async () => {
  const shape = { ...SHAPE, ageGroups: null, descriptor: null, people: 3 };
  const given = buildAlexNet({ ...shape, people: 7 });
  await initializeAlexNet(given, 8, null);
  const folder = newFolder();
  await saveModel(given.model, folder);
  const source = await openSavedModel(folder);
  const plain = buildAlexNet(shape);
  const taken = await fittingLayers(plain, source);
  expect(taken).toEqual(
    [1, 2, 3, 4, 5]
      .map((i) => `alexnet/conv${i}`)
      .concat(['alexnet/fc6', 'alexnet/fc7', 'alexnet/new_1']),
  );
  expect(
    await fittingLayers(buildAlexNet({ ...shape, widths: widthsWithHead(8) }), source),
  ).toEqual(taken.slice(0, 5));
  const narrow = buildAlexNet({ ...shape, widths: { ...SHAPE.widths, conv4: 8 } });
  await expect(fittingLayers(narrow, source)).rejects.toThrow(
    /got none of the right shape for alexnet\/conv4, alexnet\/conv5\./,
  );
  await initializeAlexNet(plain, 4, null);
  await takeLayers(plain, taken, source);
  const norms = { batchNorm: true, dropout: 0 };
  const trained = buildAlexNet(shape, { trunk: norms, identity: norms, age: NO_TRAINING_LAYERS });
  await initializeAlexNet(trained, 4, null);
  insertBatchNorms(plain, trained, faces(6), taken);
  const outputs = [plain, trained, given].map((network) => runAlexNet(network, faces(7)));
  for (const name of ['fc7', 'new_2'] as const) {
    const [a, b] = outputs.map((output) => output[name]!);
    const scale = tf.max(tf.abs(a!)).dataSync()[0]!;
    expect(scale).toBeGreaterThan(0);
    expect(tf.max(tf.abs(tf.sub(a!, b!))).dataSync()[0]! / scale).toBeLessThan(1e-3);
  }
  expect(tf.max(tf.abs(tf.sub(outputs[0]!.fc7!, outputs[2]!.fc7!))).dataSync()[0]).toBe(0);
});

test('a new head on a trunk that batch norm was put into has the statistics of its first batch, not a share of them', async () => {
  const plain = buildAlexNet(SHAPE);
  await initializeAlexNet(plain, 4, null);
  const norms = { batchNorm: true, dropout: 0 };
  const trained = buildAlexNet(SHAPE, { trunk: norms, identity: NO_TRAINING_LAYERS, age: norms });
  await initializeAlexNet(trained, 4, null);
  insertBatchNorms(plain, trained, faces(6));
  const statistics: BatchStatistics[] = [];
  tf.dispose(
    Object.values(tf.tidy(() => runAlexNet(trained, faces(6), { training: true, statistics }))),
  );
  const means = statistics.map(({ values }) => values[0]![0].dataSync());
  countStatistics(statistics, 1);
  const layers = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'age_fc6', 'age_fc7'];
  expect(means).toHaveLength(layers.length);
  for (const [i, layer] of layers.entries()) {
    const moving = trained.weights.get(`alexnet/${layer}_bn/moving_mean`)!.dataSync();
    const scale = Math.max(...means[i]!.map(Math.abs));
    moving.forEach((value, channel) =>
      expect(Math.abs(value - means[i]![channel]!) / scale).toBeLessThan(1e-3),
    );
  }
});

test('dropout drops its share, keeps the mean, draws the same for the same seed and step, and rests without one', () => {
  const layer = seededDropout({ name: 'alexnet/fc6_dropout', rate: 0.5 });
  const ones = tf.ones([100, 100]);
  const draw = (step?: number): Float32Array => {
    const mode =
      step === undefined ? {} : { dropoutSeed: { run: 1, step: tf.tensor1d([step], 'int32') } };
    return (layer.apply(ones, mode) as tf.Tensor).dataSync() as Float32Array;
  };
  const first = draw(5);
  expect(new Set(first)).toEqual(new Set([0, 2]));
  const kept = first.filter((value) => value > 0).length / first.length;
  expect(Math.abs(kept - 0.5)).toBeLessThan(0.02);
  // what runs drew that may be resumed
  expect([...first.slice(0, 32)].map((value) => value / 2).join('')).toBe(
    '01101110101011001011111011000100',
  );
  expect(draw(5)).toEqual(first);
  expect(draw(6)).not.toEqual(first);
  expect(new Set(draw())).toEqual(new Set([1]));
});

test.each([
  // velocity 1 + 0.1·2 = 1.2 after the first update, 0.9·1.2 + 1 + 0.1·1.88 = 2.268 after the second
  ['momentum', [2 - 0.1 * 1.2, 2 - 0.1 * 1.2 - 0.1 * 2.268]],
  // a constant gradient moves by the rate; decay takes a hundredth before each
  ['adam', [2 * 0.99 - 0.1, (2 * 0.99 - 0.1) * 0.99 - 0.1]],
] as const)(
  '%s moves a weight as computed by hand, and its bias without decay',
  (optimizer, expected) => {
    const weights = tf.variable(tf.tensor1d([2]));
    const biases = tf.variable(tf.tensor1d([0]));
    const variables = new Map([
      ['a/weights', weights],
      ['a/biases', biases],
    ]);
    const moving = createPerVariableOptimizer(
      variables,
      new Map([
        ['a/weights', 1],
        ['a/biases', 0.5],
      ]),
      { optimizer, weightDecay: 0.1 },
    );
    const gradients = { 'a/weights': tf.tensor1d([1]), 'a/biases': tf.tensor1d([1]) };
    for (const [i, value] of expected.entries()) {
      moving.apply(gradients, 0.1);
      expect(weights.dataSync()[0]).toBeCloseTo(value, 5);
      // half the rate: momentum's velocity is 1, then 1.9; Adam moves by the rate
      expect(biases.dataSync()[0]).toBeCloseTo(
        optimizer === 'adam' ? -0.05 * (i + 1) : [-0.05, -0.145][i]!,
        5,
      );
    }
  },
);
