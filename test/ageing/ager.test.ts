import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openAger, pasteFaces } from '../../src/ageing/ager';
import type { Ager } from '../../src/ageing/ager';
import { openGenerator } from '../../src/ageing/open-generator';
import type { WeightChoice } from '../../src/ageing/open-generator';
import { runImport } from '../../src/cli/import';
import { resolveConfig } from '../../src/config/load';
import { tf } from '../../src/engine/tf';
import { decodeImage } from '../../src/images/image';
import { GENERATORS } from '../../src/models/generators';
import { namedWeights } from '../../src/models/named-weights';
import { toManifest, writeManifest } from '../../src/weights/model-manifest';
import { saveModel } from '../../src/weights/saved-model';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';
import { writeBundle } from '../support/write-bundle';
import type { RgbImage } from '../../src/images/pixels';

const newFolder = temporaryFolders();
const people = path.join(
  path.dirname(require.resolve('@vladmandic/face-api/package.json')),
  'demo/sample6.jpg',
);
const face = kept('data/images/25_person2_2.jpg');

const farthest = (a: RgbImage, b: RgbImage): number => {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? 999))), 0);
};

/** The narrow original in TensorFlow 1's form, of so many age groups. */
function writeTf1(ageGroups: number): string {
  const model = GENERATORS[0].build({ imageSize: 128, ageGroups, channels: 2 });
  const prefix = path.join(newFolder(), 'acgan.model-9');
  const variables = [...namedWeights(model)].map(
    ([name, variable]) =>
      [
        name,
        { shape: variable.shape as number[], values: variable.dataSync() as Float32Array },
      ] as const,
  );
  writeBundle(prefix, new Map(variables), 1);
  model.dispose();
  return prefix;
}

describe('a checkpoint of 0.1', () => {
  let ager: Ager;
  beforeAll(async () => {
    ager = await openAger(kept('run'));
  });
  afterAll(() => ager.dispose());

  test('opens, knows its size and groups, and ages a face as 0.1 did', async () => {
    expect([ager.imageSize, ager.groupNames]).toEqual([
      16,
      ['11-20', '21-30', '31-40', '41-50', '50+'],
    ]);
    expect(ager.note).toContain('--batch_norm=batch');
    const [aged, ...others] = await ager.age(face, { groups: [3], align: false });
    expect(others).toEqual([]);
    expect(aged?.pictures.map(({ group, name }) => [group, name])).toEqual([[3, '41-50']]);
    const before = await decodeImage(kept('aged-25-to-3.jpg'));
    // JPEG and the float arithmetic of another processor
    expect(farthest(aged!.pictures[0]!.image, before)).toBeLessThanOrEqual(12);
  });

  test('takes a path, bytes or pixels', async () => {
    const inputs = [face, readFileSync(face), await decodeImage(face)];
    const [one, two, three] = await Promise.all(
      inputs.map(async (input) => (await ager.age(input, { align: false }))[0]!),
    );
    expect(one!.pictures).toHaveLength(4);
    expect([two, three]).toEqual([one, one]);
  });

  test('finds all faces of a photograph, and pastes them back', async () => {
    const faces = await ager.age(people, { groups: [0, 4] });
    expect(faces.length).toBeGreaterThanOrEqual(3);
    for (const { place, pictures, input } of faces) {
      expect(place?.quality.size).toBeGreaterThan(40);
      expect([input.width, ...pictures.map(({ image }) => image.width)]).toEqual([16, 16, 16]);
    }
    const photograph = await decodeImage(people);
    const pasted = await pasteFaces(people, faces, 4);
    expect([pasted.width, pasted.height]).toEqual([photograph.width, photograph.height]);
    expect(farthest(pasted, photograph)).toBeGreaterThan(20);
    // the corner is nobody's face
    expect([...pasted.data.subarray(0, 30)]).toEqual([...photograph.data.subarray(0, 30)]);
    expect(await ager.age(people, { face: 'largest', groups: [1] })).toHaveLength(1);
  });

  test('says what is wrong with a picture or a group', async () => {
    const grey = { data: new Uint8Array(300 * 300 * 3).fill(128), width: 300, height: 300 };
    await expect(ager.age(grey, { name: 'wall.png' })).rejects.toThrow(
      'wall.png: expected a face, got no face: ',
    );
    await expect(ager.age({ ...grey, width: 299 })).rejects.toThrow(
      'the picture: expected 299 x 300 x 3 bytes of RGB, got 270000',
    );
    await expect(ager.age(Buffer.from('text'))).rejects.toThrow(
      'the picture: expected a whole picture',
    );
    await expect(ager.age(grey, { groups: [5, 0.5] })).rejects.toThrow(
      'groups: expected age groups from 0 to 4, got 5, 0.5',
    );
  });
});

test.each(['moving', 'batch'] as const)('an ager by %s leaves no tensor', async (batchNorm) => {
  const companions = newFolder();
  for (let i = 0; i < 31; i++) cpSync(face, path.join(companions, `${i}.jpg`));
  const before = tf.memory().numTensors;
  const ager = await openAger(kept('run'), { batchNorm, companions });
  expect(ager.note === null).toBe(batchNorm === 'batch');
  await ager.age(people, { groups: [4] });
  const open = tf.memory().numTensors;
  await ager.age(people, { groups: [4] });
  expect(tf.memory().numTensors).toBe(open);
  ager.dispose();
  ager.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

describe('a checkpoint with a moving average', () => {
  test('shows it unless it is asked for the last weights; one without shows those, or says that there is none', async () => {
    const run = path.join(newFolder(), 'run');
    cpSync(kept('run'), run, { recursive: true });
    const opened = await openGenerator(run);
    const filters = namedWeights(opened.generator).get('generator/conv4/weights')!;
    tf.tidy(() => filters.assign(tf.mul(filters, -1)));
    await saveModel(opened.generator, path.join(run, 'acgan.model-2', 'generator_average'));
    opened.dispose();
    const show = async (folder: string, generatorWeights: WeightChoice = 'auto') => {
      const ager = await openAger(folder, { generatorWeights });
      const aged = await ager.age(face, { align: false });
      ager.dispose();
      return { aged, isAverage: ager.isAverage };
    };
    const before = await show(kept('run'));
    expect(before.isAverage).toBe(false);
    expect(await show(run, 'last')).toEqual(before);
    const average = await show(run);
    expect(average.isAverage).toBe(true);
    expect(average.aged).not.toEqual(before.aged);
    expect(await show(run, 'average')).toEqual(average);
    // the folder alone, and one checkpoint
    const checkpoint = path.join(run, 'acgan.model-2');
    expect(await show(checkpoint)).toEqual(average);
    expect(await show(path.join(checkpoint, 'generator_average'))).toEqual(average);
    await expect(show(kept('run'), 'average')).rejects.toThrow(
      '--generator_weights: expected a moving average in',
    );
    await expect(show(path.join(checkpoint, 'generator'), 'last')).rejects.toThrow(
      'which holds one generator. Leave it out.',
    );
  });
});

test('an ager that cannot be opened leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  await expect(openAger(kept('run'), { batchNorm: 'batch' })).rejects.toThrow('companions: ');
  await expect(
    openAger(kept('run'), { batchNorm: 'batch', companions: path.dirname(people) }),
  ).rejects.toThrow('companions (--train_data_dir): expected 31 pictures');
  await expect(openAger(kept('run'), { ageBounds: [10, 20, 30, 40] })).rejects.toThrow(
    '--age_bounds: expected 20,30,40,50',
  );
  expect(tf.memory().numTensors).toBe(before);
});

describe('a folder with ipcgan.json', () => {
  test('is enough: not the run around it', async () => {
    const folder = path.join(newFolder(), 'model');
    cpSync(kept('run/acgan.model-2/generator'), folder, { recursive: true });
    await expect(openAger(folder)).rejects.toThrow('expected ipcgan.json beside the network');
    await writeManifest(
      folder,
      toManifest({
        generator: { kind: 'residual', channels: 1, upsampling: 'transposed' },
        imageSize: 16,
        ageBounds: [20, 30, 40, 50],
        groupNames: ['11-20', '21-30', '31-40', '41-50', '50+'],
        labelScale: 1,
        batchNorm: 'moving',
        step: 2,
        trainedOn: null,
        licence: '',
        figures: {},
      }),
    );
    const ager = await openAger(folder);
    const ofRun = await openAger(kept('run'));
    expect(ager.note).toBeNull();
    expect(await ager.age(face, { align: false })).toEqual(await ofRun.age(face, { align: false }));
    for (const one of [ager, ofRun]) one.dispose();
  });

  test.each([
    ['text', 'ipcgan.json: expected what a generator says of itself'],
    ['{"format":1}', 'ipcgan.json: expected what a generator says of itself'],
    ['{"format":2}', 'ipcgan.json: expected format 1 or an older one'],
  ])('that holds %s is refused', async (content, message) => {
    const folder = path.join(newFolder(), 'model');
    cpSync(kept('run/acgan.model-2/generator'), folder, { recursive: true });
    writeFileSync(path.join(folder, 'ipcgan.json'), content);
    await expect(openAger(folder)).rejects.toThrow(message);
  });
});

describe('a TensorFlow 1 checkpoint', () => {
  test('of five groups has the age bounds of the original', async () => {
    const ager = await openAger(writeTf1(5));
    expect([ager.ageBounds, ager.imageSize]).toEqual([[20, 30, 40, 50], 128]);
    ager.dispose();
  });

  test('of other groups does not have them: --age_bounds says them', async () => {
    const prefix = writeTf1(7);
    await expect(openAger(prefix)).rejects.toThrow(
      `--age_bounds: expected the last years of 6 of the 7 age groups of ${prefix}, which does not say them, got nothing`,
    );
    await expect(openAger(prefix, { ageBounds: [10, 20] })).rejects.toThrow('got 10,20');
    const ager = await openAger(prefix, { ageBounds: [10, 20, 30, 40, 50, 60] });
    expect(ager.groupNames.at(-1)).toBe('60+');
    ager.dispose();
  });

  test('is imported as a folder that explains itself, or not at all', async () => {
    const to = path.join(newFolder(), 'imported');
    const importTo = (from: string, flags: Readonly<Record<string, string>> = {}) =>
      runImport(resolveConfig('import', { from, to, ...flags }));
    const prefix = writeTf1(7);
    await expect(importTo(prefix)).rejects.toThrow('--age_bounds: expected the last years of 6');
    expect(existsSync(to)).toBe(false);
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await importTo(prefix, { age_bounds: '10,20,30,40,50,60' })).toBe(0);
    jest.restoreAllMocks();
    const folder = path.join(newFolder(), 'model');
    cpSync(path.join(to, 'generator'), folder, { recursive: true });
    for (const place of [to, folder]) {
      const ager = await openAger(place);
      expect([ager.ageBounds, ager.note]).toEqual([
        [10, 20, 30, 40, 50, 60],
        expect.stringContaining('--batch_norm=batch'),
      ]);
      ager.dispose();
    }
  });
});
