import path from 'node:path';
import sharp from 'sharp';
import { createBatchLoader, loadTestImages } from '../../src/data/batches';
import { createSampler } from '../../src/data/sampler';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
let root = '';

/** Pictures whose grey level is the number in their name. */
beforeAll(async () => {
  root = newFolder();
  for (let level = 0; level < 8; level++) {
    const colour = level * 10;
    await sharp({
      create: {
        width: 20,
        height: 20,
        channels: 3,
        background: { r: colour, g: colour, b: colour },
      },
    })
      .png()
      .toFile(path.join(root, `${level}.png`));
  }
});

const lists = {
  sources: ['0.png', '1.png', '2.png', '3.png'],
  groups: [
    ['4.png', '5.png'],
    ['6.png', '7.png'],
  ],
  pairs: [
    [0, 1],
    [1, 0],
  ] as [number, number][],
};
const SETTINGS = {
  batchSize: 2,
  seed: 1,
  freshSources: false,
  isAugmented: false,
  isLabelledByPicture: false,
};

test('a batch holds the pixels of the names that the sampler drew, each in its range', async () => {
  const plan = createSampler(lists, SETTINGS).next();
  const batch = await createBatchLoader(createSampler(lists, SETTINGS), {
    rootFolder: root,
    imageSize: 8,
    withSource227: true,
  }).next();
  const level = (name: string): number => 10 * parseInt(name, 10);
  expect([batch.source.length, batch.source227!.length, batch.real.length]).toEqual([
    2 * 8 * 8 * 3,
    2 * 227 * 227 * 3,
    2 * 8 * 8 * 3,
  ]);
  expect(batch.source[0]).toBe(level(plan.sources[0]!) - 104);
  expect(batch.source227!.at(-1)).toBe(level(plan.sources[1]!) - 124);
  expect(batch.real[0]).toBeCloseTo(level(plan.real[0]!) / 127.5 - 1, 6);
  expect([batch.trueLabels, batch.falseLabels]).toEqual([plan.trueLabels, plan.falseLabels]);
});

test('the state that comes with a batch is that of its own step, not of what was fetched ahead', async () => {
  const reference = createSampler(lists, SETTINGS);
  const loader = createBatchLoader(createSampler(lists, SETTINGS), {
    rootFolder: root,
    imageSize: 8,
    withSource227: false,
  });
  for (let step = 0; step < 5; step++) {
    reference.next();
    expect((await loader.next()).samplerState).toEqual(reference.state());
  }
});

test('a picture that breaks between listing and training is an error of its own step', async () => {
  const loader = createBatchLoader(
    createSampler({ ...lists, sources: ['gone.png', 'gone.png'] }, SETTINGS),
    {
      rootFolder: root,
      imageSize: 8,
      withSource227: false,
    },
  );
  await expect(loader.next()).rejects.toThrow('gone.png: expected a whole picture');
});

test('pictures to be aged come without the mean', async () => {
  const pixels = await loadTestImages([path.join(root, '3.png')], 4);
  expect([pixels.length, pixels[0], pixels[1], pixels[2]]).toEqual([
    48,
    30 - 104,
    30 - 117,
    30 - 124,
  ]);
});
