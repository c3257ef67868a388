import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runPrepare } from '../../src/cli/prepare';
import { runTest } from '../../src/cli/test';
import { resolveConfig } from '../../src/config/load';
import { loadTestImages } from '../../src/data/batches';
import { encodeJpeg } from '../../src/images/image';
import { LIST_FILES } from '../../src/data/lists';
import { readManifest } from '../../src/data/manifest';
import { tf } from '../../src/engine/tf';
import { ageAmongCompanions, toImages } from '../../src/ageing/age-faces';
import { openGenerator } from '../../src/ageing/open-generator';
import { trainLoop } from '../../src/train/loop';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

type Settings = Readonly<Record<string, string | boolean>>;

const SIZE = 32;
const newFolder = temporaryFolders();
/** Drawn faces, whose names begin with the age. */
let faces = '';
let run = '';
/** Of a generator with a mask. */
let maskedRun = '';
/** With a moving average that its last weights are far from. */
let averagedRun = '';
/** A folder with one photograph of several people. */
let photographs = '';

/** Ages a folder as the command does. @returns where the results are */
async function age(settings: Settings): Promise<string> {
  const saved = newFolder();
  await runTest(
    resolveConfig('test', { checkpoint_dir: run, groups: '4', save_dir: saved, ...settings }),
  );
  return saved;
}

/** Makes a data set of the drawn faces as the command does. @returns its directory */
async function prepare(settings: Settings): Promise<string> {
  const out = path.join(newFolder(), 'data');
  await runPrepare(
    resolveConfig('prepare', { images: faces, out, pairs: '40', ...settings }),
    null,
  );
  return out;
}

beforeAll(async () => {
  const dataset = await drawnDataset(newFolder(), 5);
  faces = dataset.rootFolder;
  run = path.join(newFolder(), 'run');
  maskedRun = path.join(newFolder(), 'masked');
  const tiny = {
    image_size: String(SIZE),
    width: '0.1',
    batch_size: '2',
    max_steps: '1',
    fea_loss_weight: '0',
    age_loss_weight: '0',
  };
  averagedRun = path.join(newFolder(), 'averaged');
  for (const [directory, own] of [
    [run, {}],
    [maskedRun, { generator: 'masked' }],
    [averagedRun, { ema: '0.9', learning_rate: '0.01' }],
  ] as const) {
    const settings = { ...tiny, data: dataset.directory, checkpoint_dir: directory, ...own };
    const config = await withDataset(resolveConfig('train', settings).config);
    await trainLoop(config, await openTrainingData(config));
  }
  photographs = newFolder();
  const samples = path.join(
    path.dirname(require.resolve('@vladmandic/face-api/package.json')),
    'demo',
  );
  copyFileSync(path.join(samples, 'sample6.jpg'), path.join(photographs, 'people.jpg'));
});

// what the commands say is not asked here
beforeEach(() => {
  for (const name of ['stdout', 'stderr'] as const)
    jest.spyOn(process[name], 'write').mockReturnValue(true);
});
afterEach(() => jest.restoreAllMocks());

test('test: face and min_face decide which faces of a photograph are aged', async () => {
  const agedFaces = async (settings: Settings): Promise<number> => {
    const saved = await age({ test_data_dir: photographs, align: true, ...settings });
    return readdirSync(saved).filter((name) => /_face\d+_4\.jpg$/.test(name)).length;
  };
  expect(await agedFaces({})).toBeGreaterThanOrEqual(3);
  expect(await agedFaces({ face: 'largest' })).toBe(1);
  await expect(agedFaces({ min_face: '5000' })).rejects.toThrow(
    /too small: the widest face has \d+ pixels, fewer than 5000/,
  );
});

test('test: with batch_norm=batch a face is aged among the first 31 pictures of train_data_dir', async () => {
  const names = readdirSync(faces)
    .filter((name) => name.endsWith('.jpg'))
    .sort();
  const one = newFolder();
  const company = newFolder();
  const name = names.at(-1)!;
  copyFileSync(path.join(faces, name), path.join(one, name));
  for (const other of names.slice(0, 40))
    copyFileSync(path.join(faces, other), path.join(company, other));
  const saved = await age({ test_data_dir: one, train_data_dir: company, batch_norm: 'batch' });
  const load = async (files: readonly string[]): Promise<tf.Tensor4D> =>
    tf.tensor4d(
      await loadTestImages(
        files.map((file) => path.join(faces, file)),
        SIZE,
      ),
      [files.length, SIZE, SIZE, 3],
    );
  const { generator } = await openGenerator(run);
  const face = await load([name]);
  const companions = await load(names.slice(0, 31));
  const expected = await encodeJpeg(
    (await toImages(ageAmongCompanions(generator, face, companions, 4)))[0]!,
  );
  expect(readFileSync(path.join(saved, `${name}_4.jpg`)).equals(expected)).toBe(true);
});

test('test: generator_weights chooses between the moving average, the default, and the last weights', async () => {
  const one = newFolder();
  copyFileSync(path.join(photographs, 'people.jpg'), path.join(one, 'crop.jpg'));
  const aged = async (settings: Settings): Promise<string> => {
    const saved = await age({ checkpoint_dir: averagedRun, test_data_dir: one, ...settings });
    return readFileSync(path.join(saved, 'crop.jpg_4.jpg')).toString('base64');
  };
  const shown = await aged({});
  expect(await aged({ generator_weights: 'average' })).toBe(shown);
  expect(await aged({ generator_weights: 'last' })).not.toBe(shown);
});

test('test: show_mask writes a mask beside every picture, of crops and photographs; a generator without one is an error', async () => {
  const masked = async (settings: Settings): Promise<string[]> =>
    readdirSync(await age({ checkpoint_dir: maskedRun, groups: '3,4', ...settings })).filter(
      (name) => name.endsWith('_mask.jpg'),
    );
  const one = newFolder();
  copyFileSync(path.join(photographs, 'people.jpg'), path.join(one, 'crop.jpg'));
  expect(await masked({ test_data_dir: one, show_mask: true })).toEqual([
    'crop.jpg_3_mask.jpg',
    'crop.jpg_4_mask.jpg',
  ]);
  const aligned = { test_data_dir: photographs, align: true, face: 'largest' };
  expect(await masked({ ...aligned, show_mask: true })).toEqual([
    'people.jpg_face1_3_mask.jpg',
    'people.jpg_face1_4_mask.jpg',
  ]);
  expect(await masked({ test_data_dir: one })).toEqual([]);
  await expect(
    masked({ checkpoint_dir: run, test_data_dir: one, show_mask: true }),
  ).rejects.toThrow(
    /--show_mask: expected a generator that has a mask \(--generator=masked\), got .*, which has none/,
  );
});

test.each([30, 50])('prepare: pairs=%d is the number of lines of label pairs', async (pairs) => {
  const text = readFileSync(
    path.join(await prepare({ pairs: String(pairs) }), LIST_FILES.pairs),
    'utf8',
  );
  expect(text.trim().split('\n')).toHaveLength(pairs);
});

test('prepare: min_sharpness leaves out what is more blurred', async () => {
  const all = await readManifest(await prepare({ min_sharpness: '0' }));
  const sharpness = all.map(({ quality }) => quality.sharpness).sort((a, b) => a - b);
  const least = (sharpness[9]! + sharpness[10]!) / 2;
  expect(least).toBeGreaterThan(0.5);
  const kept = await readManifest(await prepare({ min_sharpness: String(least) }));
  expect(kept.map(({ path: name }) => name).sort()).toEqual(
    all
      .filter(({ quality }) => quality.sharpness > least)
      .map(({ path: name }) => name)
      .sort(),
  );
  expect(kept).toHaveLength(all.length - 10);
});
