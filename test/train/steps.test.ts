import { tf } from '../../src/engine/tf';
import { withWeights } from '../../src/losses/term';
import { LOSS_TERMS } from '../../src/losses/terms';
import { sameLabel } from '../../src/models/age-condition';
import { buildDiscriminator } from '../../src/models/discriminator';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import { buildGenerator } from '../../src/models/generator';
import { initializeWeights } from '../../src/models/initialize';
import { namedWeights, trainableWeights } from '../../src/models/named-weights';
import { createAdam } from '../../src/optimizers/adam';
import { forwardGenerator, generate } from '../../src/train/forward';
import type { Networks, StepInput } from '../../src/train/forward';
import { meanOverParts } from '../../src/train/micro-batches';
import { drawChanges, SEEN_BY_DISCRIMINATOR } from '../../src/train/draw-changes';
import { discriminatorGradients, pictureGradient } from '../../src/train/objective-gradients';
import { toNumbers, UNCHANGED } from '../../src/train/picture-changes';
import { toAlexNetInput } from '../../src/losses/picture-tensors';
import { relativeError } from '../support/close';
import {
  disposeStep,
  generatorGradients,
  readStep,
  trainStep,
  updateDiscriminator,
  updateGenerator,
} from '../../src/train/step';

const WIDTHS = {
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
type Weights = Readonly<Record<'gan' | 'fea' | 'age' | 'tv', number>>;
const ALL: Weights = { gan: 75, fea: 0.5e-4, age: 30, tv: 0 };
const OFF: Weights = { gan: 0, fea: 0, age: 0, tv: 0 };
const TERMS = withWeights(LOSS_TERMS, ALL);
const RATE = 0.001;
const UPDATE = { terms: TERMS, learningRate: RATE };
const settings = (weights: Weights, dIter = 1, gIter = 1) => ({
  terms: withWeights(LOSS_TERMS, weights),
  learningRates: { discriminator: RATE, generator: RATE },
  dIter,
  gIter,
});
const SIZE = 16;
const BATCH = 2;
const GROUPS = 3;

function buildAll(weights: Weights): Networks {
  const generator = buildGenerator({ imageSize: SIZE, ageGroups: GROUPS, channels: 2 });
  const discriminator = buildDiscriminator({ imageSize: SIZE, ageGroups: GROUPS, channels: 2 });
  const perceptual = buildPerceptualNetworks({
    featureLayer: weights.fea > 0 ? 'conv5' : null,
    ageGroups: weights.age > 0 ? GROUPS : null,
    widths: WIDTHS,
  });
  for (const model of [generator, discriminator, ...(perceptual ? [perceptual.joint] : [])])
    initializeWeights(model, 1, () => 0.2);
  return { generator, discriminator, perceptual };
}

const input = (): StepInput => ({
  source: tf.randomUniform([BATCH, SIZE, SIZE, 3], -100, 120, 'float32', 1),
  source227: tf.randomUniform([BATCH, 227, 227, 3], -100, 120, 'float32', 2),
  real: tf.randomUniform([BATCH, SIZE, SIZE, 3], -1, 1, 'float32', 3),
  trueLabel: sameLabel(1, BATCH, GROUPS),
  falseLabel: sameLabel(2, BATCH, GROUPS),
});
/** One of the two pictures of a batch, with all that belongs to it. */
function half(batch: StepInput, i: number): StepInput {
  const cut = <T extends tf.Tensor>(tensor: T): T =>
    tf.slice(tensor, [i], [1, ...tensor.shape.slice(1)]);
  return {
    source: cut(batch.source),
    source227: cut(batch.source227!),
    real: cut(batch.real),
    trueLabel: cut(batch.trueLabel),
    falseLabel: cut(batch.falseLabel),
  };
}
const optimizers = ({ generator, discriminator }: Networks) => ({
  generator: createAdam(trainableWeights(generator)),
  discriminator: createAdam(trainableWeights(discriminator)),
});
const snapshot = (model: tf.LayersModel): Map<string, string> =>
  new Map([...namedWeights(model)].map(([name, v]) => [name, Array.from(v.dataSync()).join()]));
const moved = (before: Map<string, string>, after: Map<string, string>): string[] =>
  [...before.keys()].filter((name) => before.get(name) !== after.get(name));

test('a discriminator update moves every weight of D and nothing of G or the perceptual networks', () => {
  const networks = buildAll(ALL);
  const batch = input();
  const before = [networks.generator, networks.discriminator, networks.perceptual!.joint].map(
    snapshot,
  );
  const fake = generate(networks.generator, batch.source, batch.trueLabel, 0);
  updateDiscriminator(networks, optimizers(networks).discriminator, batch, fake, UPDATE);
  const after = [networks.generator, networks.discriminator, networks.perceptual!.joint].map(
    snapshot,
  );
  expect(moved(before[0]!, after[0]!)).toEqual([]);
  expect(moved(before[2]!, after[2]!)).toEqual([]);
  expect(moved(before[1]!, after[1]!)).toEqual(
    expect.arrayContaining([...trainableWeights(networks.discriminator).keys()]),
  );
});

test('a generator update moves every weight of G and nothing of D or the perceptual networks', () => {
  const networks = buildAll(ALL);
  const before = [networks.generator, networks.discriminator, networks.perceptual!.joint].map(
    snapshot,
  );
  updateGenerator(networks, optimizers(networks).generator, input(), UPDATE, null);
  const after = [networks.generator, networks.discriminator, networks.perceptual!.joint].map(
    snapshot,
  );
  expect(moved(before[0]!, after[0]!)).toEqual(
    expect.arrayContaining([...trainableWeights(networks.generator).keys()]),
  );
  expect(moved(before[1]!, after[1]!)).toEqual([]);
  expect(moved(before[2]!, after[2]!)).toEqual([]);
});

test('an update in micro-batches averages what the parts give, and one part is the whole batch', () => {
  const networks = buildAll(ALL);
  const batch = input();
  const gradientsOf = (part: StepInput) =>
    generatorGradients(networks, part, TERMS, forwardGenerator(networks.generator, part, 0));
  const halves = [0, 1].map((i) => gradientsOf(half(batch, i)));
  const inParts = meanOverParts(batch, null, 1, (part) => gradientsOf(part));
  const name = 'generator/unit_3/sub1/conv1/weights';
  const [a, b] = halves.map(({ gradients }) => gradients[name]!.dataSync());
  const expected = Array.from(a!, (value, i) => (value + b![i]!) / 2);
  expect(relativeError(inParts.gradients[name]!.dataSync(), expected)).toBeLessThan(1e-5);
  const [first, second] = halves.map(({ values }) => values.fea!.dataSync()[0]!);
  expect(inParts.values.fea!.dataSync()[0]).toBeCloseTo((first! + second!) / 2, 3);
  expect(inParts.values.tv).toBeNull();
  const whole = meanOverParts(batch, null, BATCH, (part) => gradientsOf(part));
  const plain = gradientsOf(batch);
  expect([...whole.gradients[name]!.dataSync()]).toEqual([...plain.gradients[name]!.dataSync()]);
  // the parts' own statistics are not those of the batch
  expect(
    relativeError(inParts.gradients[name]!.dataSync(), plain.gradients[name]!.dataSync()),
  ).toBeGreaterThan(1e-3);
});

test('an update of D in micro-batches shows every part its own fakes', () => {
  const networks = buildAll(ALL);
  const batch = input();
  const fakes = tf.randomUniform<tf.Rank.R4>([BATCH, SIZE, SIZE, 3], -1, 1, 'float32', 4);
  const ofPart = [0, 1].map((i) =>
    discriminatorGradients(networks, half(batch, i), tf.slice(fakes, [i], [1]), TERMS),
  );
  const inParts = meanOverParts(batch, fakes, 1, (part, fake) =>
    discriminatorGradients(networks, part, fake!, TERMS),
  );
  for (const name of trainableWeights(networks.discriminator).keys()) {
    const [a, b] = ofPart.map(({ gradients }) => gradients[name]!.dataSync());
    const expected = Array.from(a!, (value, i) => (value + b![i]!) / 2);
    expect(relativeError(inParts.gradients[name]!.dataSync(), expected)).toBeLessThan(1e-5);
  }
  const [first, second] = ofPart.map(({ values }) => values.fake.dataSync()[0]!);
  expect(inParts.values.fake.dataSync()[0]).toBeCloseTo((first! + second!) / 2, 5);
  expect(Math.abs(first! - second!)).toBeGreaterThan(1e-3);
});

test('a step in micro-batches moves both networks, counts every part and leaves no tensor behind', () => {
  const networks = buildAll(ALL);
  const optimizersOf = optimizers(networks);
  const batch = input();
  const step = (): void =>
    disposeStep(trainStep(networks, optimizersOf, { ...settings(ALL), microBatch: 1 }, batch));
  const before = [networks.generator, networks.discriminator].map(snapshot);
  step();
  [networks.generator, networks.discriminator].forEach((model, i) =>
    expect(moved(before[i]!, snapshot(model))).toEqual(
      expect.arrayContaining([...trainableWeights(model).keys()]),
    ),
  );
  // two parts, in D's phase and in G's
  expect(
    namedWeights(networks.generator)
      .get('generator/bn3/generator/bn3/moving_mean/local_step')!
      .dataSync()[0],
  ).toBe(4);
  const tensors = tf.memory().numTensors;
  step();
  expect(tf.memory().numTensors).toBe(tensors);
});

test('one step counts the generator’s statistics twice, as the original’s two passes do', () => {
  const networks = buildAll(ALL);
  disposeStep(trainStep(networks, optimizers(networks), settings(ALL), input()));
  const localStep = (model: tf.LayersModel, layer: string): number =>
    namedWeights(model).get(`${layer}/${layer}/moving_mean/local_step`)!.dataSync()[0]!;
  expect(localStep(networks.generator, 'generator/bn3')).toBe(2);
  expect(localStep(networks.discriminator, 'discriminator/dis_bn1')).toBe(3);
});

test.each([
  ['no identity term', { ...ALL, fea: 0 }, ['fea_loss', 'tv_loss']],
  ['no age term', { ...ALL, age: 0 }, ['age_loss', 'tv_loss']],
  ['neither: no AlexNet', { ...ALL, fea: 0, age: 0 }, ['fea_loss', 'age_loss', 'tv_loss']],
  ['total variation', { ...ALL, tv: 1e-4 }, []],
  ['no adversarial term for G', { ...ALL, gan: 0 }, ['g_loss', 'tv_loss']],
])('with %s, the terms that are off are null and the others finite', async (_, weights, others) => {
  // these generators have no mask, and nothing holds their tone or draws them to prototypes
  const off = [...others, 'mask_loss', 'tone_loss', 'prototype_loss'];
  const networks = buildAll(weights);
  expect(networks.perceptual === null).toBe(weights.fea === 0 && weights.age === 0);
  const scalars = await readStep(
    trainStep(networks, optimizers(networks), settings(weights), input()),
  );
  expect(
    Object.entries(scalars).flatMap(([name, value]) => (value === null ? [name] : [])),
  ).toEqual(expect.arrayContaining(off));
  expect(Object.values(scalars).filter((value) => value === null)).toHaveLength(off.length);
  for (const value of Object.values(scalars))
    if (value !== null) expect(Number.isFinite(value)).toBe(true);
});

test('tensors stay constant over steps, with several updates and other sources for G too', async () => {
  const networks = buildAll(ALL);
  const adam = optimizers(networks);
  const batch = input();
  const other = input();
  const step = async (): Promise<void> => {
    disposeStep(trainStep(networks, adam, settings(ALL, 2, 2), batch));
    await readStep(trainStep(networks, adam, settings(ALL), batch, other));
  };
  await step();
  const before = tf.memory().numTensors;
  await step();
  await step();
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  ['identity', 'fea_loss', { ...OFF, fea: 0.5e-4 }],
  ['age', 'age_loss', { ...OFF, age: 30 }],
] as const)(
  'twenty steps on one batch, by the %s term alone, bring it down',
  async (_, term, weights) => {
    const networks = buildAll(weights);
    const adam = optimizers(networks);
    const batch = input();
    const losses: number[] = [];
    for (let i = 0; i < 20; i++)
      losses.push((await readStep(trainStep(networks, adam, settings(weights), batch)))[term]!);
    // a term without a gradient leaves G, and with it every loss, as it was
    expect(losses[19]! / losses[0]!).toBeLessThan(0.9);
  },
);

/** Drawn changes of the pictures of a step. */
const changes = () =>
  drawChanges({ seed: 1, image_size: SIZE, perceptual_augment: true, d_augment: true }, 0, {
    first: 0,
    count: BATCH,
  });

test('changes that change nothing give the numbers of a step without', async () => {
  const numbers = toNumbers(UNCHANGED);
  const seen = SEEN_BY_DISCRIMINATOR.length;
  const fill = (count: number): number[] => Array.from({ length: count }, () => numbers).flat();
  const none = {
    perceptualChanges: tf.tensor2d(fill(BATCH), [BATCH, numbers.length]),
    discriminatorChanges: tf.tensor3d(fill(BATCH * seen), [BATCH, seen, numbers.length]),
  };
  const results = [input(), { ...input(), ...none }, { ...input(), ...changes() }].map((batch) => {
    const networks = buildAll(ALL);
    return readStep(trainStep(networks, optimizers(networks), settings(ALL), batch));
  });
  const [plain, same, other] = await Promise.all(results);
  for (const [name, value] of Object.entries(plain!)) {
    if (value === null) continue;
    expect(Math.abs(same![name]! - value)).toBeLessThan(1e-5 * Math.abs(value));
    expect(Math.abs(other![name]! - value)).toBeGreaterThan(1e-5 * Math.abs(value));
  }
});

test('the identity term looks at source and fake through the same change: a fake that is its source costs nothing', () => {
  const networks = buildAll(ALL);
  const fake = tf.randomUniform<tf.Rank.R4>([BATCH, SIZE, SIZE, 3], -1, 1, 'float32', 4);
  const identityOf = (batch: StepInput): number =>
    pictureGradient(networks, batch, fake, TERMS).values.fea!.dataSync()[0]!;
  const other = identityOf({ ...input(), ...changes() });
  const same = { ...input(), ...changes(), source227: toAlexNetInput(fake, 227) };
  expect(identityOf(same)).toBeLessThan(1e-6 * other);
  // the fake is changed at all
  const unchanged = { ...same, perceptualChanges: null };
  expect(pictureGradient(networks, unchanged, fake, TERMS).values.age!.dataSync()).not.toEqual(
    pictureGradient(networks, same, fake, TERMS).values.age!.dataSync(),
  );
});

test('steps of changed pictures, whole and in micro-batches, leave no tensor behind', () => {
  const networks = buildAll(ALL);
  const adam = optimizers(networks);
  const batch = { ...input(), ...changes() };
  for (const microBatch of [undefined, 1]) {
    const step = (): void =>
      disposeStep(trainStep(networks, adam, { ...settings(ALL), microBatch }, batch));
    step();
    const tensors = tf.memory().numTensors;
    step();
    expect(tf.memory().numTensors).toBe(tensors);
  }
});
