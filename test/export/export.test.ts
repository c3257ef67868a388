import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { openAger } from '../../src/ageing/ager';
import { showFaces } from '../../src/ageing/age-faces';
import { openGenerator } from '../../src/ageing/open-generator';
import { openEngine } from '../../src/engine/open-engine';
import { tf } from '../../src/engine/tf';
import { partsInTraining } from '../../src/eval/judges/part-in-training';
import { LOSS_TERMS } from '../../src/losses/terms';
import { buildAlexNet } from '../../src/models/alexnet-network';
import type { AlexNetNetwork } from '../../src/models/alexnet-network';
import { alexNetStddev } from '../../src/models/alexnet-init';
import { ALEXNET_WIDTHS } from '../../src/models/alexnet';
import { initializeWeights } from '../../src/models/initialize';
import { loadPerceptualNetworks } from '../../src/train/networks';
import { namedWeights } from '../../src/models/named-weights';
import { openSavedModel, saveModel } from '../../src/weights/saved-model';
import { SHIPPED, shippedModel } from '../../src/weights/shipped';
import { openWeights } from '../../src/weights/weight-source';
import { relativeError } from '../support/close';
import { drawnDataset } from '../support/drawn-dataset';
import { catchExports } from '../support/exported';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const FILES = ['MODEL.md', 'ipcgan.json', 'model.json', 'weights.bin'];

const exported = catchExports();

test('without a model it takes the one that comes with the package, and says so', async () => {
  const noted = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const out = path.join(newFolder(), 'onnx');
  const shipped = shippedModel('generator');
  if (shipped === null) {
    await expect(exported({ to: 'onnx', out })).rejects.toThrow(
      `--model: expected a trained model, got nothing, and this copy of ipcgan has no models/${SHIPPED.generator}.`,
    );
    return;
  }
  expect(await exported({ to: 'onnx', out })).toMatchObject({ form: 'onnx', from: shipped });
  expect(noted.mock.calls.map(([text]) => text)).toEqual([
    `--model: none given; taking the one that comes with ipcgan, ${shipped}\n`,
  ]);
  expect(readdirSync(out)).toContain('generator.onnx');
});

describe('a generator', () => {
  test.each(['float32', 'float16', 'uint8'] as const)(
    'in %s is a folder that explains itself, and says how far it is from the original',
    async (type) => {
      const before = tf.memory().numTensors;
      const out = path.join(newFolder(), 'models/mine');
      const told = await exported({ model: kept('run'), out, weights_type: type });
      expect(tf.memory().numTensors).toBe(before);
      expect(readdirSync(out).sort()).toEqual(FILES);
      expect(readdirSync(path.dirname(out))).toEqual(['mine']);
      const manifest = JSON.parse(readFileSync(path.join(out, 'ipcgan.json'), 'utf8')) as {
        weights: { type: string; pictures: number; error_mean: number; error_max: number };
      };
      expect(manifest).toMatchObject({ step: 2, image_size: 16, batch_norm: 'batch' });
      const { weights } = manifest;
      expect(weights).toMatchObject({ type, pictures: 30 });
      expect(told).toMatchObject({ kind: 'generator', out, weights });
      if (type === 'float32') expect(weights.error_max).toBe(0);
      else {
        expect(weights.error_mean).toBeGreaterThan(0);
        expect(weights.error_max).toBeLessThan(type === 'float16' ? 1 : 64);
        expect(weights.error_max).toBeGreaterThan(weights.error_mean);
      }
      const card = readFileSync(path.join(out, 'MODEL.md'), 'utf8');
      expect(card).toContain('# mine\n');
      expect(card).toContain(`Kernels are stored in ${type}.`);
      expect(card).toContain('## What not to use it for');
    },
  );

  test('in half the bytes is read by our readers and by stock tf.loadLayersModel alike', async () => {
    const out = path.join(newFolder(), 'half');
    await exported({ model: kept('run'), out, weights_type: 'float16' });
    const original = kept('run/acgan.model-2/generator/weights.bin');
    expect(statSync(path.join(out, 'weights.bin')).size).toBeLessThan(
      0.75 * statSync(original).size,
    );
    const opened = await openGenerator(out);
    const stock = await tf.loadLayersModel(`file://${out}/model.json`);
    const source = tf.randomUniform([2, 16, 16, 3], -100, 100, 'float32', 1) as tf.Tensor4D;
    const [ours, theirs] = [opened.generator, stock].map(
      (generator) => showFaces(generator, source, 3, 'moving').fake,
    );
    expect([...theirs!.dataSync()]).toEqual([...ours!.dataSync()]);
    tf.dispose([source, ours!, theirs!]);
    opened.dispose();
    stock.dispose();
  });

  test('is the moving average where a checkpoint has one', async () => {
    const checkpoint = path.join(newFolder(), 'acgan.model-2');
    cpSync(kept('run/acgan.model-2'), checkpoint, { recursive: true });
    expect(await exported({ model: checkpoint, out: path.join(newFolder(), 'x') })).toMatchObject({
      average: false,
    });
    const { generator, dispose } = await openGenerator(checkpoint);
    const weights = namedWeights(generator).get('generator/conv1/weights')!;
    tf.tidy(() => weights.assign(tf.fill(weights.shape, 0.25)));
    await saveModel(generator, path.join(checkpoint, 'generator_average'));
    dispose();
    const out = path.join(newFolder(), 'average');
    expect(await exported({ model: checkpoint, out, weights_type: 'float16' })).toMatchObject({
      average: true,
    });
    const { values } = await (await openSavedModel(out)).read('generator/conv1/weights');
    expect(new Set(values)).toEqual(new Set([0.25]));
  });

  test('is aged with, and can be exported again', async () => {
    const [once, twice] = ['once', 'twice'].map((name) => path.join(newFolder(), name));
    await exported({ model: kept('run/acgan.model-2'), out: once!, weights_type: 'float16' });
    await exported({ model: once!, out: twice!, weights_type: 'float16' });
    expect(readFileSync(path.join(twice!, 'weights.bin'))).toEqual(
      readFileSync(path.join(once!, 'weights.bin')),
    );
    const ager = await openAger(twice!);
    const [face] = await ager.age(kept('data/images/25_person2_2.jpg'), { align: false });
    expect(face!.pictures).toHaveLength(4);
    ager.dispose();
  });

  test('is not written over anything, nor from nothing, and --data is not ignored', async () => {
    const out = newFolder();
    await expect(exported({ model: kept('run'), out })).rejects.toThrow(
      '--out: expected a directory that does not exist yet',
    );
    const fresh = path.join(out, 'new');
    await expect(exported({ model: '/none', out: fresh })).rejects.toThrow(
      '--model: expected a run, a checkpoint, or a TensorFlow 1 checkpoint, got /none, which does not exist',
    );
    await expect(exported({ model: kept('run'), out: fresh, data: kept('data') })).rejects.toThrow(
      '--data: expected it with an age classifier',
    );
    expect(readdirSync(out)).toEqual([]);
  });
});

describe('a perceptual network', () => {
  const widths = { ...ALEXNET_WIDTHS, fc6: 16, fc7: 12, age_fc6: 16, age_fc7: 12 };
  const BOUNDS = [20, 30, 40, 50];
  let network: AlexNetNetwork;
  let run = '';
  beforeAll(async () => {
    await openEngine();
    network = buildAlexNet({
      widths,
      hasIdentity: true,
      descriptor: null,
      people: null,
      ageGroups: 5,
    });
    initializeWeights(network.model, 3, alexNetStddev);
    const home = newFolder();
    const identity = path.join(home, 'identity');
    run = path.join(home, 'age');
    for (const folder of [identity, run]) mkdirSync(folder);
    await saveModel(network.model, path.join(run, 'model'), { age_bounds: BOUNDS });
    const config = (settings: object): string => JSON.stringify(settings);
    writeFileSync(
      path.join(identity, 'config.json'),
      config({ task: 'identity', teacher: 'face-descriptor' }),
    );
    writeFileSync(
      path.join(run, 'config.json'),
      config({ task: 'age', teacher: 'none', alexnet_pretrained_model: identity }),
    );
    writeFileSync(path.join(run, 'MODEL.md'), '# age\n\nLicence: mine\n\n![Matrix](m.png)\n');
  });
  afterAll(() => network.model.dispose());

  test.each([
    ['float16', 0.51, 0.002],
    ['uint8', 0.26, 0.1],
  ] as const)(
    'in %s takes its share of the bytes, serves both losses, and says what it lost',
    async (type, share, most) => {
      const out = path.join(newFolder(), 'perceptual');
      const told = (await exported({ model: run, out, weights_type: type })) as {
        weights: { error: Record<string, number> };
      };
      expect(told).toMatchObject({ kind: 'network', from: run });
      expect(Object.keys(told.weights.error)).toEqual(['conv5', 'fc7', 'age']);
      for (const error of Object.values(told.weights.error)) {
        expect(error).toBeGreaterThan(0);
        expect(error).toBeLessThan(most);
      }
      const size = (folder: string): number => statSync(path.join(folder, 'weights.bin')).size;
      expect(size(out) / size(path.join(run, 'model'))).toBeLessThan(share);
      expect(readdirSync(out).sort()).toEqual([
        'MODEL.md',
        'config.json',
        'model.json',
        'weights.bin',
      ]);
      const card = readFileSync(path.join(out, 'MODEL.md'), 'utf8');
      expect(card).toContain('## age\n\nLicence: mine');
      expect(card).not.toContain('![');

      const { perceptual } = await loadPerceptualNetworks(
        LOSS_TERMS.map((term) => ({ ...term, weight: 1 })),
        { featureLayer: 'fc7', ageBounds: BOUNDS },
        { alexnet_pretrained_model: out, age_pretrained_model: out, allow_untrained: false },
        1,
      );
      const source = await openWeights(out, '');
      expect(source.ageBounds).toEqual(BOUNDS);
      const { values } = await source.read('alexnet/fc6/weights');
      const exact = network.weights.get('alexnet/fc6/weights')!.dataSync();
      expect(relativeError(values, exact)).toBeLessThan(0.005);
      perceptual!.joint.dispose();
    },
  );

  test('still tells evaluations who taught it', async () => {
    const out = path.join(newFolder(), 'perceptual');
    await exported({ model: path.join(run, 'model'), out, weights_type: 'uint8' });
    const gan = newFolder();
    writeFileSync(
      path.join(gan, 'config.json'),
      JSON.stringify({ alexnet_pretrained_model: out, age_pretrained_model: out }),
    );
    expect(await partsInTraining(gan, null)).toEqual({
      'face-api': `its descriptor taught ${out}, which was in the loss`,
    });
  });

  test("--data measures the age classifier's accuracy before and after; other groups are an error", async () => {
    const { directory } = await drawnDataset(newFolder(), 5);
    const out = path.join(newFolder(), 'perceptual');
    const told = (await exported({ model: run, out, weights_type: 'uint8', data: directory })) as {
      weights: { error: Record<string, number> };
    };
    const { accuracy, accuracy_float32: exact } = told.weights.error;
    for (const share of [accuracy!, exact!]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
      // of ten pictures
      expect(10 * share).toBeCloseTo(Math.round(10 * share), 6);
    }
    const other = path.join(newFolder(), 'model');
    await saveModel(network.model, other, { age_bounds: [10, 20, 30, 40] });
    const nowhere = path.join(newFolder(), 'x');
    await expect(exported({ model: other, out: nowhere, data: directory })).rejects.toThrow(
      '--data: expected age groups that end at 10, 20, 30, 40, as the network knows them, got 20, 30, 40, 50',
    );
    expect(existsSync(nowhere)).toBe(false);
  });

  test('with weights that half precision has not is an error, and nothing is written', async () => {
    const large = buildAlexNet({
      widths,
      hasIdentity: false,
      descriptor: null,
      people: null,
      ageGroups: null,
    });
    const weights = large.weights.get('alexnet/conv1/weights')!;
    tf.tidy(() => weights.assign(tf.fill(weights.shape, 1e5)));
    const model = path.join(newFolder(), 'model');
    await saveModel(large.model, model);
    large.model.dispose();
    const home = newFolder();
    await expect(
      exported({ model, out: path.join(home, 'x'), weights_type: 'float16' }),
    ).rejects.toThrow(/conv1.*: expected finite weights up to 65504/);
    expect(readdirSync(home)).toEqual([]);
  });
});
