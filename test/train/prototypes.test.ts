import path from 'node:path';
import sharp from 'sharp';
import { tf } from '../../src/engine/tf';
import { MEAN_RGB } from '../../src/images/pixel-range';
import { prototypeLoss } from '../../src/losses/prototype';
import { openPrototypes } from '../../src/train/prototypes';
import type { PrototypeSettings } from '../../src/train/prototypes';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const SIZE = 32;
const MIDDLE = SIZE / 2;

/** A grey picture with a chequered pattern of a contrast, as a file; a negative one swaps the light fields and the dark ones. */
async function draw(folder: string, name: string, grey: number, contrast: number): Promise<string> {
  const data = Buffer.alloc(SIZE * SIZE * 3);
  for (let i = 0; i < SIZE * SIZE; i++) {
    const sign = (i + Math.floor(i / SIZE)) % 2 ? 1 : -1;
    data.fill(grey + sign * contrast, 3 * i, 3 * i + 3);
  }
  await sharp(data, { raw: { width: SIZE, height: SIZE, channels: 3 } })
    .png()
    .toFile(path.join(folder, name));
  return name;
}

/** A source of one grey and contrast, RGB 0..255 minus the mean. */
function sourceOf(grey: number, contrast: number): tf.Tensor4D {
  const values = Array.from({ length: SIZE * SIZE }, (_, i) => {
    const sign = (i + Math.floor(i / SIZE)) % 2 ? 1 : -1;
    return MEAN_RGB.map((mean) => grey + sign * contrast - mean);
  });
  return tf.tensor4d(values.flat(), [1, SIZE, SIZE, 3]);
}

/** Mean and contrast of the red of a few pixels in the middle, in grey levels. */
function looksOf(picture: tf.Tensor4D): { grey: number; contrast: number } {
  const red = tf.slice(picture, [0, MIDDLE, MIDDLE, 0], [1, 4, 4, 1]).dataSync();
  const levels = [...red].map((value) => (value + 1) * 127.5);
  const grey = levels.reduce((a, b) => a + b, 0) / levels.length;
  return { grey, contrast: Math.max(...levels.map((level) => Math.abs(level - grey))) };
}

async function settingsOf(
  rows: readonly (readonly [number, number])[],
): Promise<PrototypeSettings> {
  const rootFolder = newFolder();
  const groups = await Promise.all(
    rows.map(async ([grey, contrast], group) => [
      await draw(rootFolder, `${group}a.png`, grey - 4, contrast),
      // no pattern is left in the mean of both
      await draw(rootFolder, `${group}b.png`, grey + 4, -contrast),
    ]),
  );
  return { rootFolder, imageSize: SIZE, strength: 1, lists: { groups }, manifest: [] };
}

test('a source moves as the means of both groups differ: in grey, and in the strength of its own details', async () => {
  const prototypes = await openPrototypes(
    await settingsOf([
      [100, 10],
      [130, 20],
    ]),
  );
  const [older, same] = [1, 0].map((group) =>
    looksOf(prototypes.targets(sourceOf(80, 6), ['0a.png'], [group])),
  );
  expect(older!.grey).toBeCloseTo(110, 0);
  expect(older!.contrast).toBeGreaterThan(11);
  expect(older!.contrast).toBeLessThan(12.5);
  expect(same!.grey).toBeCloseTo(80, 3);
  expect(same!.contrast).toBeCloseTo(6, 3);
  // back again: less of everything
  const younger = looksOf(prototypes.targets(sourceOf(80, 6), ['1b.png'], [0]));
  expect(younger.grey).toBeCloseTo(50, 0);
  expect(younger.contrast).toBeLessThan(3.3);
  prototypes.dispose();
});

test('twice the strength is twice the light and the square of the gain, and the edge of a crop stays as it is', async () => {
  const settings = await settingsOf([
    [100, 10],
    [115, 15],
  ]);
  const prototypes = await openPrototypes({ ...settings, strength: 2 });
  const target = prototypes.targets(sourceOf(80, 6), ['0b.png'], [1]);
  const { grey, contrast } = looksOf(target);
  expect(grey).toBeCloseTo(110, 0);
  expect(contrast / 6).toBeCloseTo(2.25, 0);
  const [corner] = tf.slice(target, [0, 0, 1, 0], [1, 1, 1, 1]).dataSync();
  expect((corner! + 1) * 127.5).toBeCloseTo(86, 1);
});

test('each gender has means of its own where every group has enough of it, and each race counts alike', async () => {
  const rootFolder = newFolder();
  const ENOUGH = 25;
  const manifest: { path: string; gender: string; race: string }[] = [];
  const group = async (older: boolean): Promise<string[]> => {
    const names: string[] = [];
    for (const gender of ['female', 'male'])
      for (const race of ['a', 'b']) {
        // men get darker by 20; women lighter, by 10 and by 30, and the race of the greater change has four times the pictures of the old
        const change = gender === 'male' ? -20 : race === 'a' ? 10 : 30;
        const count = older && race === 'b' ? 4 * ENOUGH : ENOUGH;
        const name = `${older ? 'old' : 'young'}-${gender}-${race}.png`;
        await draw(rootFolder, name, 120 + (older ? change : 0), 0);
        for (let i = 0; i < count; i++) {
          names.push(name);
          manifest.push({ path: name, gender, race });
        }
      }
    return names;
  };
  const groups = [await group(false), await group(true)];
  const prototypes = await openPrototypes({
    ...{ rootFolder, imageSize: SIZE, strength: 1, lists: { groups } },
    manifest: manifest as PrototypeSettings['manifest'],
  });
  const greyOf = (name: string): number =>
    looksOf(prototypes.targets(sourceOf(100, 0), [name], [1])).grey;
  expect(greyOf('young-female-a.png')).toBeCloseTo(120, 0);
  expect(greyOf('young-male-b.png')).toBeCloseTo(80, 0);
});

test('a group without pictures is one clear error', async () => {
  const settings = await settingsOf([[100, 10]]);
  const groups = [...settings.lists.groups, []];
  await expect(openPrototypes({ ...settings, lists: { groups } })).rejects.toThrow(
    '--prototype_loss_weight: expected pictures in every group, got none in group 1.',
  );
});

test('the term is the mean of how far pixels are from the prototype', () => {
  const [a, b] = [
    [0, 0.5, 1],
    [0.5, 0.5, -1],
  ].map((values) => tf.tensor4d(values, [1, 1, 1, 3]));
  expect(prototypeLoss(a!, b!).dataSync()[0]).toBeCloseTo(2.5 / 3, 6);
});
