import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { resolveConfig } from '../../src/config/load';
import type { PretrainConfig } from '../../src/config/schema';
import { trainingBatches } from '../../src/data/labelled-batches';
import { augmentBatch, UNCUT_SIZE } from '../../src/data/strong-augmentation';
import { MEAN_RGB } from '../../src/images/pixel-range';
import { openSavedModel, saveModel } from '../../src/weights/saved-model';
import { widthsWithHead } from '../../src/models/alexnet';
import { pretrain } from '../../src/pretrain/loop';
import type { PretrainOutcome } from '../../src/pretrain/loop';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';
import { buildAlexNet, initializeAlexNet } from '../../src/models/alexnet-network';

type Settings = Readonly<Record<string, string | boolean>>;

/** On a trunk and with heads of eight channels each. */
const TINY: Settings = {
  ...{
    task: 'age',
    trunk: 'finetune',
    run: 'x',
    steps: '2',
    batch_size: '2',
    head_width: '8',
    log_every: '1',
    eval_every: '1000',
  },
  ...{ optimizer: 'adam', learning_rate: '0.001', weight_decay: '0', dropout: '0', seed: '3' },
};

const newFolder = temporaryFolders();
let data = '';
let trunk = '';
/** What the others are compared with. */
let plain = '';

const configOf = (settings: Settings): PretrainConfig =>
  resolveConfig('pretrain', { ...TINY, data, alexnet_pretrained_model: trunk, ...settings }).config;

async function run(settings: Settings): Promise<string> {
  const directory = path.join(newFolder(), 'run');
  await pretrain(configOf(settings), directory);
  return directory;
}

interface Line {
  readonly step: number;
  readonly loss?: number;
  readonly learning_rate?: number;
}

const lines = (directory: string): Line[] =>
  readFileSync(path.join(directory, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const lossOf = (directory: string, step: number): number =>
  lines(directory).find((line) => line.step === step && line.loss !== undefined)!.loss!;
const ratesOf = (directory: string): number[] =>
  lines(directory).flatMap(({ learning_rate: rate }) => rate ?? []);

beforeAll(async () => {
  data = (await drawnDataset(newFolder(), 4)).directory;
  trunk = newFolder();
  const widths = { ...widthsWithHead(8), conv1: 8, conv2: 8, conv3: 8, conv4: 8, conv5: 8 };
  const given = buildAlexNet({
    widths,
    hasIdentity: true,
    descriptor: 128,
    people: null,
    ageGroups: null,
  });
  await initializeAlexNet(given, 5, null);
  await saveModel(given.model, trunk);
  plain = await run({});
});

test.each([
  ['balance', { balance: true }],
  ['augment', { augment: 'false' }],
  ['label_sigma', { label_sigma: '3' }],
  ['dropout', { dropout: '0.5' }],
  ['seed', { seed: '4' }],
  ['batch_size', { batch_size: '3' }],
  ['adversarial_radius', { adversarial_radius: '200' }],
] as const)('%s changes the loss of the first step', async (_, settings) => {
  expect(lossOf(await run({ steps: '1', ...settings }), 1)).not.toBe(lossOf(plain, 1));
});

test('micro_batch changes the loss of the first step where batch norm goes by it, and no loss without', async () => {
  const settings = { steps: '1', batch_norm: true };
  const whole = lossOf(await run(settings), 1);
  expect(lossOf(await run({ ...settings, micro_batch: '1' }), 1)).not.toBe(whole);
  expect(lossOf(await run({ steps: '1', micro_batch: '1' }), 1)).toBeCloseTo(lossOf(plain, 1), 5);
});

test.each([
  ['weight_decay', { weight_decay: '100' }],
  ['learning_rate', { learning_rate: '0.0001' }],
  ['optimizer', { optimizer: 'momentum' }],
  ['trunk_rate', { trunk_rate: '1e-6' }],
  ['trunk', { trunk: 'frozen' }],
] as const)('%s changes nothing of the first step, but the second', async (_, settings) => {
  const other = await run(settings);
  expect(lossOf(other, 1)).toBe(lossOf(plain, 1));
  expect(lossOf(other, 2)).not.toBe(lossOf(plain, 2));
});

test('twice the weight of the teacher adds its loss once more', async () => {
  const lossAt = async (weight: string): Promise<number> =>
    lossOf(await run({ teacher: 'face-descriptor', teacher_weight: weight, steps: '1' }), 1);
  const none = await lossAt('0');
  const once = await lossAt('1');
  const twice = await lossAt('2');
  expect(none).toBeCloseTo(lossOf(plain, 1), 4);
  expect(twice - once).toBeCloseTo(once - none, 4);
  expect(once - none).toBeGreaterThan(0.1);
});

test('a frozen trunk stays as it was, one that is fine-tuned moves; the heads move with both', async () => {
  const given = await openSavedModel(trunk);
  const movedBy = async (directory: string, name: string): Promise<number> => {
    const after = await (await openSavedModel(path.join(directory, 'last', 'model'))).read(name);
    const before = (await given.read(name)).values;
    return Math.max(...after.values.map((value, i) => Math.abs(value - before[i]!)));
  };
  const name = [...given.names].find((one) => one.startsWith('alexnet/conv1/weights'))!;
  expect(await movedBy(plain, name)).toBeGreaterThan(0);
  expect(await movedBy(await run({ trunk: 'frozen' }), name)).toBe(0);
});

/** The biases and weights of one layer of the age head. */
async function headOf(folder: string): Promise<number[]> {
  const source = await openSavedModel(folder);
  const name = [...source.names].find((one) => one.startsWith('alexnet/age_fc7/weights'))!;
  return [...(await source.read(name)).values];
}

/** How far two heads are apart, in lengths of the second. */
const distance = (one: readonly number[], other: readonly number[]): number =>
  Math.hypot(...other.map((value, i) => value - one[i]!)) / Math.hypot(...other);

test.each([
  // batch norm is set to other pictures than those of the step, and folded by both
  ['without batch norm', {}, 1e-5],
  ['with batch norm', { batch_norm: true }, 0.3],
] as const)('the age head goes on from the one that is given, %s', async (_, settings, most) => {
  const still = { learning_rate: '1e-12', steps: '1', seed: '9', ...settings };
  const given = path.join(plain, 'model');
  const wanted = await headOf(given);
  const goneOn = await run({ ...still, age_pretrained_model: given });
  expect(distance(await headOf(path.join(goneOn, 'model')), wanted)).toBeLessThan(most);
  const random = await headOf(path.join(await run(still), 'model'));
  expect(distance(random, wanted)).toBeGreaterThan(0.6);
});

test('an age head of another width, or none, is refused by name', async () => {
  const given = path.join(plain, 'model');
  await expect(run({ age_pretrained_model: given, head_width: '6' })).rejects.toThrow(
    /--age_pretrained_model: expected alexnet\/age_fc6\/weights of \[\d+,6\] in .*, got \[\d+,8\]/,
  );
  await expect(run({ age_pretrained_model: trunk })).rejects.toThrow('got none');
});

test('the rate rises through the warm-up and falls by the schedule', async () => {
  const rates = ratesOf(await run({ steps: '4', warmup_steps: '2', schedule: 'cosine' }));
  expect(rates).toHaveLength(4);
  expect(rates[0]).toBeLessThan(rates[1]!);
  expect(rates[3]).toBeLessThan(rates[2]!);
  expect(ratesOf(plain)).toEqual([0.001, 0.001]);
});

test('patience ends a run that gets no better', async () => {
  const directory = await run({
    steps: '50',
    eval_every: '1',
    patience: '2',
    learning_rate: '1e-12',
    trunk: 'frozen',
  });
  expect(Math.max(...lines(directory).map(({ step }) => step))).toBe(3);
});

test('min_pictures decides who is learnt', async () => {
  const { trunk: ofAge, ...identity } = TINY;
  expect(ofAge).toBe('finetune');
  const learn = (least: string): Promise<PretrainOutcome> =>
    pretrain(
      resolveConfig('pretrain', {
        ...identity,
        task: 'identity',
        data,
        steps: '1',
        min_pictures: least,
      }).config,
      path.join(newFolder(), 'run'),
    );
  // of four people one is for validation, and one for testing
  expect((await learn('10')).classes).toHaveLength(2);
  await expect(learn('11')).rejects.toThrow('with 11 pictures or more (--min_pictures)');
});

test('balanced batches show rare classes as often as others; the rest of a resumed run is the same', async () => {
  const picture = path.join(newFolder(), 'grey.png');
  await sharp({ create: { width: 16, height: 16, channels: 3, background: '#888' } }).toFile(
    picture,
  );
  const train = [0, 0, 0, 0, 0, 0, 0, 1].map((label) => ({
    name: path.basename(picture),
    age: null,
    label,
  }));
  const set = {
    rootFolder: path.dirname(picture),
    train,
    heldOut: [],
    strangers: [],
    test: { pictures: [], strangers: [] },
    classes: ['a', 'b'],
    note: null,
  };
  const draw = async (isBalanced: boolean, skipped: number, count: number): Promise<number[]> => {
    const batches = trainingBatches(set, {
      batchSize: 4,
      seed: 1,
      isAugmented: false,
      isBalanced,
      skipped,
    });
    const labels: number[] = [];
    for (let i = 0; i < count; i++)
      labels.push(...(await batches.next()).value.pictures.map(({ label }) => label));
    return labels;
  };
  const sum = (labels: readonly number[]): number =>
    labels.reduce((total, label) => total + label, 0);
  const balanced = await draw(true, 0, 4);
  expect([sum(await draw(false, 0, 4)), sum(balanced)]).toEqual([2, 8]);
  expect(await draw(true, 2, 2)).toEqual(balanced.slice(8));
});

test('a picture that nothing is done to is itself minus the mean', () => {
  const pixels = new Uint8Array(UNCUT_SIZE * UNCUT_SIZE * 3).fill(200);
  const none = {
    detail: UNCUT_SIZE,
    window: [0, 0, 1, 1],
    colours: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    shift: 0,
  } as const;
  const images = augmentBatch(pixels, [none]);
  const first = Array.from(images.dataSync().slice(0, 3));
  images.dispose();
  first.forEach((value, i) => expect(value).toBeCloseTo(200 - MEAN_RGB[i]!, 3));
});
