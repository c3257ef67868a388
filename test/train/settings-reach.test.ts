import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import type { TrainConfig } from '../../src/config/schema';
import { openSavedModel, saveModel } from '../../src/weights/saved-model';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import { initializeWeights } from '../../src/models/initialize';
import { isTrainable, trainableWeights } from '../../src/models/named-weights';
import { resolveRun } from '../../src/runs/resumed-config';
import { checkFinite, trainLoop } from '../../src/train/loop';
import type { MetricRecord } from '../../src/runs/metric-logger';
import { buildTrainedNetworks, networkSettings } from '../../src/train/networks';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';
import { listCheckpoints, readCheckpointState } from '../../src/weights/checkpoint';

type Settings = Readonly<Record<string, string | boolean>>;
type Network = 'generator' | 'discriminator';

const NETWORKS = ['generator', 'discriminator'] as const;
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
/** Without AlexNet's pictures of the identity loss, which take most of the time; of this seed, two pictures of a step have other labels. */
const TINY: Settings = {
  image_size: '16',
  width: '0.1',
  batch_size: '2',
  max_steps: '1',
  seed: '3',
  fea_loss_weight: '0',
  age_loss_weight: '0.1',
};
const IDENTITY: Settings = { fea_loss_weight: '0.001' };
/** What a step says of itself in metrics.jsonl. */
const NUMBERS = [
  'g_loss',
  'fea_loss',
  'age_loss',
  'tv_loss',
  'tone_loss',
  'prototype_loss',
  'd_real',
  'd_mislabelled',
  'd_fake',
  'd_gradient_norm',
  'g_gradient_norm',
];
const OF_FAKE = ['g_loss', 'age_loss', 'g_gradient_norm'];
const OF_D = ['g_loss', 'd_real', 'd_mislabelled', 'd_fake', 'd_gradient_norm', 'g_gradient_norm'];
const OF_ALL = [...OF_FAKE, 'd_real', 'd_mislabelled', 'd_fake', 'd_gradient_norm'];

const newFolder = temporaryFolders();
let data = '';
let judges = '';
/** A run of one step that the others are compared with. */
let plain = '';

const configOf = (settings: Settings): TrainConfig =>
  resolveConfig('train', {
    ...{ ...TINY, data, alexnet_pretrained_model: judges, age_pretrained_model: judges },
    ...{ checkpoint_dir: path.join(newFolder(), 'run'), ...settings },
  }).config;

/** Trains a run to its end. @returns its directory */
async function train(settings: Settings): Promise<string> {
  const config = await withDataset(configOf(settings));
  const opened = await openTrainingData(config);
  // fewer faces to look at take less time
  await trainLoop(config, { ...opened, heldOut: opened.heldOut.slice(0, 2) });
  return config.checkpoint_dir;
}

const checkpointOf = (run: string, step = 1): string => path.join(run, `acgan.model-${step}`);
const firstRecord = (run: string): MetricRecord =>
  JSON.parse(readFileSync(path.join(run, 'metrics.jsonl'), 'utf8').split('\n')[0]!) as MetricRecord;

/** Which of them are not the same in two runs, but for the last digits. */
function changedNumbers(run: string, other: string): string[] {
  const before = firstRecord(run);
  const after = firstRecord(other);
  const isSame = (a: number | null, b: number | null): boolean =>
    a === b || (a !== null && b !== null && Math.abs(a - b) < 1e-4 * Math.abs(a));
  return NUMBERS.filter((name) => !isSame(before[name]!, after[name]!)).sort();
}

type Weights = ReadonlyMap<string, Float32Array>;

/** The trainable weights of a network as a run saved them. */
async function savedWeights(
  run: string,
  network: Network | 'generator_average',
  step = 1,
): Promise<Weights> {
  const source = await openSavedModel(path.join(checkpointOf(run, step), network));
  const names = [...source.names].filter(isTrainable);
  return new Map(
    await Promise.all(names.map(async (name) => [name, (await source.read(name)).values] as const)),
  );
}

/** How often statistics have gone into a layer's moving averages. */
async function countedBy(run: string, network: Network, layer: string): Promise<number> {
  const { values } = await (
    await openSavedModel(path.join(checkpointOf(run), network))
  ).read(`${layer}/${layer}/moving_mean/local_step`);
  return values[0]!;
}

test('a loss that is no number is said with the ways to go on that work', () => {
  const record = { step: 3, g_loss: NaN, tv_loss: null };
  expect(() => checkFinite(record, 'runs/a/acgan.model-2', new Set(['a.jpg', 'b.jpg']))).toThrow(
    'step 3: expected finite losses, got step 3, g_loss NaN, tv_loss null. Pictures since losses were last finite: a.jpg, b.jpg. The last good checkpoint is runs/a/acgan.model-2. ' +
      'Go on from it with --resume --override and a lower --learning_rate, or a lower weight of the term that grew; ' +
      '--resume --on_nan=rollback goes on with other pictures.',
  );
  expect(() =>
    checkFinite(record, null, new Set(Array.from({ length: 22 }, (_, i) => `${i}.jpg`))),
  ).toThrow(
    '18.jpg, 19.jpg and 2 more. The last good checkpoint is none. Start a new run (--run) with a lower --learning_rate, or a lower weight of the term that grew.',
  );
});

/** Largest change of any weight; NaN where the networks have other shapes. */
function largestChange(before: Weights, after: Weights): number {
  let largest = 0;
  for (const [name, values] of after) {
    const old = before.get(name);
    if (old?.length !== values.length) return NaN;
    for (const [i, value] of values.entries())
      largest = Math.max(largest, Math.abs(value - old[i]!));
  }
  return largest;
}

beforeAll(async () => {
  const home = newFolder();
  await drawnDataset(home, 5);
  data = path.join(home, 'data');
  judges = path.join(home, 'judges');
  const { joint: model } = buildPerceptualNetworks({
    featureLayer: 'conv5',
    ageGroups: 5,
    widths: WIDTHS,
  })!;
  initializeWeights(model, 1, () => 0.2);
  await saveModel(model, path.join(judges, 'model'));
  plain = await train({});
});

test('override: a resumed run goes on with another learning rate, which it writes down', async () => {
  const resumed = async (settings: Settings): Promise<string> => {
    const checkpoint_dir = path.join(newFolder(), 'run');
    cpSync(plain, checkpoint_dir, { recursive: true });
    const flags = { checkpoint_dir, resume: true, max_steps: '2', ...settings };
    const { config } = resolveRun('train', flags, { word: null, paths: [] });
    const opened = await openTrainingData(config);
    await trainLoop(config, { ...opened, heldOut: opened.heldOut.slice(0, 2) });
    return checkpoint_dir;
  };
  const same = await resumed({});
  const slower = await resumed({ learning_rate: '0.0001', override: true });
  const changeIn = async (run: string): Promise<number> =>
    largestChange(await savedWeights(run, 'generator'), await savedWeights(run, 'generator', 2));
  expect((await changeIn(same)) / (await changeIn(slower))).toBeCloseTo(10, 1);
  expect(readFileSync(path.join(slower, 'overrides.jsonl'), 'utf8')).toBe(
    '{"step":1,"learning_rate":{"from":0.001,"to":0.0001}}\n',
  );
  expect(existsSync(path.join(same, 'overrides.jsonl'))).toBe(false);
  // a weight moves what it weighs: nothing else changed
  const lighter = await resumed({ age_loss_weight: '0.01', schedule: 'linear', override: true });
  expect(readFileSync(path.join(lighter, 'overrides.jsonl'), 'utf8')).toBe(
    '{"step":1,"age_loss_weight":{"from":0.1,"to":0.01},"schedule":{"from":"constant","to":"linear"}}\n',
  );
  expect(await changeIn(lighter)).not.toBe(await changeIn(same));
  // what starts from it later goes on with the new rate
  const kept = { checkpoint_dir: slower, resume: true };
  expect(resolveRun('train', kept, { word: null, paths: [] }).config).toMatchObject({
    learning_rate: 0.0001,
    override: false,
  });
});

test.each<[Settings, readonly string[]]>([
  [{}, []],
  [{ seed: '2' }, OF_ALL],
  [{ labels: 'picture' }, OF_ALL],
  [{ batch_size: '3' }, OF_ALL],
  // sampler and networks are as they were: other pixels only
  [{ augment: true }, OF_ALL],
  // D is trained on what it was trained on
  [{ fresh_sources: true }, OF_FAKE],
  // another D, of the same pictures
  [{ d_norm: 'none' }, OF_D],
  [{ discriminator: 'projected' }, OF_D],
  // D sees the same real pictures, and another fake
  [{ upsampling: 'resize' }, [...OF_FAKE, 'd_fake', 'd_gradient_norm']],
  [{ label_scale: '100' }, [...OF_FAKE, 'd_fake', 'd_gradient_norm']],
  // the same fake, before a D that has moved further
  [{ learning_rate: '0.01' }, ['g_loss', 'g_gradient_norm']],
  [{ d_learning_rate: '0.01' }, ['g_loss', 'g_gradient_norm']],
  // what moves G, and what follows it, is not seen in the step
  [{ g_learning_rate: '0.01' }, []],
  [{ ema: '0.9' }, []],
  // D sees other pictures, AlexNet the same ones; and the other way round
  [{ d_augment: true }, OF_ALL.filter((name) => name !== 'age_loss')],
  [{ perceptual_augment: true }, ['age_loss', 'g_gradient_norm']],
  // a weight changes no other term
  [IDENTITY, ['fea_loss', 'g_gradient_norm']],
  [{ tv_loss_weight: '1' }, ['tv_loss', 'g_gradient_norm']],
  [{ tone_loss_weight: '1' }, ['tone_loss', 'g_gradient_norm']],
  [{ prototype_loss_weight: '1' }, ['prototype_loss', 'g_gradient_norm']],
  [{ age_loss_weight: '10' }, ['g_gradient_norm']],
  [{ gan_loss_weight: '150' }, ['d_gradient_norm', 'g_gradient_norm']],
])('%j changes these numbers of the first step, and no others: %j', async (settings, expected) => {
  expect(changedNumbers(plain, await train(settings))).toEqual([...expected].sort());
});

test.each<[Settings, Settings, readonly string[]]>([
  [IDENTITY, { fea_layer_name: 'conv3' }, ['fea_loss', 'g_gradient_norm']],
  [IDENTITY, { fea_loss_weight: '0.1' }, ['g_gradient_norm']],
  [IDENTITY, { fea_distance: 'relative' }, ['fea_loss', 'g_gradient_norm']],
  [{ tv_loss_weight: '1' }, { tv_loss_weight: '10' }, ['g_gradient_norm']],
  [{ tone_loss_weight: '1' }, { tone_loss_weight: '10' }, ['g_gradient_norm']],
  [{ prototype_loss_weight: '1' }, { prototype_loss_weight: '10' }, ['g_gradient_norm']],
  [
    { prototype_loss_weight: '1' },
    { prototype_strength: '2' },
    ['g_gradient_norm', 'prototype_loss'],
  ],
  [IDENTITY, { perceptual_augment: true }, ['age_loss', 'fea_loss', 'g_gradient_norm']],
])(
  'where %j is set, %j changes these numbers of the first step, and no others: %j',
  async (settings, changed, expected) => {
    expect(changedNumbers(await train(settings), await train({ ...settings, ...changed }))).toEqual(
      expected,
    );
  },
);

test('with a second age classifier the age term is the mean of both', async () => {
  const others = path.join(newFolder(), 'others');
  const { joint: model } = buildPerceptualNetworks({
    featureLayer: null,
    ageGroups: 5,
    widths: { ...WIDTHS, age_fc6: 6, age_fc7: 6 },
  })!;
  initializeWeights(model, 8, () => 0.2);
  await saveModel(model, path.join(others, 'model'));
  const both = await train({ second_age_model: others });
  expect(changedNumbers(plain, both)).toEqual(['age_loss', 'g_gradient_norm']);
  const alone = await train({ alexnet_pretrained_model: others, age_pretrained_model: others });
  const ageLoss = (run: string): number => firstRecord(run).age_loss as number;
  expect(ageLoss(both)).toBeCloseTo((ageLoss(plain) + ageLoss(alone)) / 2, 5);
  expect(Math.abs(ageLoss(plain) - ageLoss(alone))).toBeGreaterThan(1e-3);
  await expect(train({ second_age_model: path.join(others, 'none') })).rejects.toThrow(
    '--second_age_model: expected',
  );
});

test('the seed decides what a step is shown, whatever weights it starts from', async () => {
  const one = await train({ source_checkpoint_dir: plain });
  const other = await train({ source_checkpoint_dir: plain, seed: '2' });
  expect(changedNumbers(one, other)).toEqual([...OF_ALL].sort());
});

test.each<[Settings, { readonly d: number; readonly g: number; readonly parts: number }]>([
  [{}, { d: 1, g: 1, parts: 1 }],
  [{ d_iter: '2' }, { d: 2, g: 1, parts: 1 }],
  [{ g_iter: '3' }, { d: 1, g: 3, parts: 1 }],
  [{ micro_batch: '1' }, { d: 1, g: 1, parts: 2 }],
  [
    { d_iter: '2', g_iter: '3', fresh_sources: true },
    { d: 2, g: 3, parts: 1 },
  ],
  [
    { d_iter: '2', g_iter: '3', micro_batch: '1' },
    { d: 2, g: 3, parts: 2 },
  ],
])(
  '%j: a step makes %j updates and counts each part’s statistics; held-out terms and samples count none',
  async (settings, { d, g, parts }) => {
    const run = await train(settings);
    expect((await readCheckpointState(checkpointOf(run))).updates).toEqual({
      discriminator: d,
      generator: g,
    });
    // G's statistics go in for every update of either network; D's of real, mislabelled and fake pictures for its own
    expect(await countedBy(run, 'generator', 'generator/bn3')).toBe((d + g) * parts);
    expect(await countedBy(run, 'discriminator', 'discriminator/dis_bn1')).toBe(3 * d * parts);
  },
);

test('each network moves by its own rate, from a warm-up on; a line of metrics.jsonl has rates that change', async () => {
  const run = await train({
    ...{ source_checkpoint_dir: plain, d_learning_rate: '0.01', g_learning_rate: '0.0002' },
    warmup_steps: '4',
  });
  const rates = { discriminator: 0.01 / 4, generator: 0.0002 / 4 };
  for (const network of NETWORKS)
    expect(
      largestChange(await savedWeights(plain, network), await savedWeights(run, network)) /
        rates[network],
    ).toBeCloseTo(1, 2);
  expect(firstRecord(run)).toMatchObject({
    d_learning_rate: rates.discriminator,
    g_learning_rate: rates.generator,
  });
  expect(firstRecord(plain)).not.toHaveProperty('d_learning_rate');
});

test('a schedule changes the rate of every step, and so the weights', async () => {
  const constant = await train({ max_steps: '2', save_every: '1' });
  const linear = await train({
    max_steps: '2',
    save_every: '1',
    log_every: '1',
    schedule: 'linear',
  });
  const weights = (run: string, step: number) => savedWeights(run, 'generator', step);
  expect(largestChange(await weights(constant, 1), await weights(linear, 1))).toBe(0);
  const moved = largestChange(await weights(linear, 1), await weights(linear, 2));
  const before = largestChange(await weights(constant, 1), await weights(constant, 2));
  expect(moved / before).toBeCloseTo(0.5, 2);
  const logged = readFileSync(path.join(linear, 'metrics.jsonl'), 'utf8').trim().split('\n');
  expect(logged.map((line) => (JSON.parse(line) as MetricRecord).g_learning_rate)).toEqual([
    0.001, 0.0005,
  ]);
});

test('an average changes nothing of the training; it starts at the weights of the run’s source as they were last trained, and is what samples and held-out terms show', async () => {
  const source = await train({ ema: '0.9', learning_rate: '0.01' });
  const from = { source_checkpoint_dir: source, learning_rate: '0.01' };
  const without = await train(from);
  const run = await train({ ...from, ema: '0.999' });
  const start = await savedWeights(source, 'generator');
  const last = await savedWeights(run, 'generator');
  const average = await savedWeights(run, 'generator_average');
  expect(largestChange(await savedWeights(without, 'generator'), last)).toBe(0);
  // the first update's decay is 2 / 11
  expect(largestChange(start, average) / largestChange(start, last)).toBeCloseTo(9 / 11, 3);
  const sample = (of: string): Buffer => readFileSync(path.join(of, 'samples', '1', 'test_4.jpg'));
  expect(sample(run).equals(sample(without))).toBe(false);
  expect(firstRecord(run).held_out_age_loss).not.toBe(firstRecord(without).held_out_age_loss);
  expect(existsSync(path.join(checkpointOf(without), 'generator_average'))).toBe(false);
});

test.each<[Settings]>([[{ seed: '7' }], [{ width: '0.2' }], [{ learning_rate: '0.0001' }]])(
  'with %j, the first update moves the starting weights of that seed and width by the learning rate',
  async (settings) => {
    const config = configOf(settings);
    const start = buildTrainedNetworks(networkSettings(config), config.seed);
    const run = await train(settings);
    for (const network of NETWORKS) {
      const before = new Map(
        [...trainableWeights(start[network])].map(
          ([name, variable]) => [name, variable.dataSync<'float32'>()] as const,
        ),
      );
      // m / √v is 1 in Adam's first update, wherever the gradient is not tiny
      expect(
        largestChange(before, await savedWeights(run, network)) / config.learning_rate,
      ).toBeCloseTo(1, 2);
    }
  },
);

const CHANGED: Settings = { perceptual_augment: true, d_augment: true };

test('held-out terms are measured on pictures as they are', async () => {
  // too low a learning rate to move a weight: what differs is what is looked at
  const still: Settings = { ...IDENTITY, learning_rate: '1e-30' };
  const before = firstRecord(await train(still));
  const after = firstRecord(await train({ ...still, ...CHANGED }));
  for (const name of ['age_loss', 'fea_loss']) {
    expect(after[`held_out_${name}`]).toEqual(expect.any(Number));
    expect(after[`held_out_${name}`]).toBe(before[`held_out_${name}`]);
    expect(after[name]).not.toBe(before[name]);
  }
});

test('a run of changed pictures that is resumed ends as one that is not interrupted, to the last bit', async () => {
  const settings: Settings = CHANGED;
  const whole = await train({ ...settings, max_steps: '5' });
  const parts = await train({ ...settings, max_steps: '2' });
  await train({ ...settings, max_steps: '5', checkpoint_dir: parts, resume: true });
  for (const network of NETWORKS) {
    const expected = await openSavedModel(path.join(checkpointOf(whole, 5), network));
    const resumed = await openSavedModel(path.join(checkpointOf(parts, 5), network));
    for (const name of expected.names)
      expect((await resumed.read(name)).values).toEqual((await expected.read(name)).values);
  }
});

test('with source_checkpoint_dir, the first update moves the weights of that run', async () => {
  const run = await train({ source_checkpoint_dir: plain, seed: '7' });
  for (const network of NETWORKS)
    expect(
      largestChange(await savedWeights(plain, network), await savedWeights(run, network)) / 0.001,
    ).toBeCloseTo(1, 2);
});

test('a run that is looked at after every step ends as one that is not, to the last bit of every weight and moving average', async () => {
  const unseen = await train({ max_steps: '3' });
  const seen = await train({ max_steps: '3', log_every: '1', sample_every: '1' });
  for (const network of NETWORKS) {
    const [a, b] = [unseen, seen].map((run) =>
      readFileSync(path.join(checkpointOf(run, 3), network, 'weights.bin')),
    );
    expect(a!.equals(b!)).toBe(true);
  }
});

test('keep_every keeps the generators of its steps, however old', async () => {
  const run = await train({ keep: '1', keep_every: '2', max_steps: '5', save_every: '1' });
  expect(await listCheckpoints(run)).toEqual([2, 4, 5]);
  expect(existsSync(path.join(run, 'acgan.model-2', 'generator', 'model.json'))).toBe(true);
  expect(existsSync(path.join(run, 'acgan.model-2', 'optimizers.bin'))).toBe(false);
});

test.each(['1', '2', '3'])('keep=%s leaves so many checkpoints, the newest', async (keep) => {
  const run = await train({ keep, max_steps: '3', save_every: '1' });
  expect(await listCheckpoints(run)).toEqual([1, 2, 3].slice(-Number(keep)));
});

test.each(['batch', 'picture'])(
  'with labels=%s, samples lie in sample_dir and nowhere else, and every group has a grid of its own',
  async (labels) => {
    const sampleDir = path.join(newFolder(), 'grids');
    const run = await train({ labels, label_scale: '100', sample_dir: sampleDir });
    expect([readdirSync(sampleDir), existsSync(path.join(run, 'samples'))]).toEqual([['1'], false]);
    const grids = [0, 1, 2, 3, 4].map((group) =>
      readFileSync(path.join(sampleDir, '1', `test_${group}.jpg`)).toString('base64'),
    );
    expect(new Set(grids).size).toBe(5);
  },
);
