import { augmentImage, drawAugmentation } from '../../src/data/augment';
import type { Augmentation } from '../../src/data/augment';
import { createRandom } from '../../src/statistics/random';
import { createSampler } from '../../src/data/sampler';
import type { RgbImage } from '../../src/images/pixels';

const NOTHING: Augmentation = {
  isMirrored: false,
  kept: 1,
  left: 0,
  top: 0,
  brightness: 1,
  contrast: 1,
  saturation: 1,
};
const image: RgbImage = {
  data: Uint8Array.from({ length: 10 * 10 * 3 }, (_, i) => i % 251),
  width: 10,
  height: 10,
};
const pixel = ({ data, width }: RgbImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

test('no change is no change', () => expect(augmentImage(image, NOTHING)).toEqual(image));

test('mirrored, cut and lit otherwise, as drawn', () => {
  expect(pixel(augmentImage(image, { ...NOTHING, isMirrored: true }), 0, 3)).toEqual(
    pixel(image, 9, 3),
  );
  const cut = augmentImage(image, { ...NOTHING, kept: 0.8, left: 1, top: 0.5 });
  expect([cut.width, cut.height, pixel(cut, 0, 0)]).toEqual([8, 8, pixel(image, 2, 1)]);
  const grey: RgbImage = { data: new Uint8Array(3).fill(100), width: 1, height: 1 };
  expect([...augmentImage(grey, { ...NOTHING, brightness: 1.1 }).data]).toEqual([110, 110, 110]);
  // 128 + (100 − 128) · 0.5
  expect([...augmentImage(grey, { ...NOTHING, contrast: 0.5 }).data]).toEqual([114, 114, 114]);
  const red: RgbImage = { data: Uint8Array.of(200, 0, 0), width: 1, height: 1 };
  // without saturation, all channels have the luminance 0.299 · 200
  expect([...augmentImage(red, { ...NOTHING, saturation: 0 }).data]).toEqual([60, 60, 60]);
});

test('changes are small, about half are mirrored, and the same seed draws the same', () => {
  const random = createRandom(5);
  const drawn = Array.from({ length: 400 }, () => drawAugmentation(random));
  for (const { kept, brightness } of drawn)
    expect([kept >= 0.9 && kept <= 1, Math.abs(brightness - 1) <= 0.15]).toEqual([true, true]);
  expect(drawn.filter(({ isMirrored }) => isMirrored).length).toBeGreaterThan(150);
  expect(drawAugmentation(createRandom(5))).toEqual(drawn[0]);
});

test('a resumed sampler draws the same changes; without changes, the order of pictures is that of the original rules', () => {
  const lists = {
    sources: ['a', 'b', 'c', 'd', 'e'],
    groups: [
      ['f', 'g', 'h'],
      ['i', 'j', 'k'],
    ],
    pairs: [
      [0, 1],
      [1, 0],
    ] as [number, number][],
  };
  const settings = {
    batchSize: 2,
    seed: 1,
    freshSources: false,
    isAugmented: true,
    isLabelledByPicture: false,
  };
  const whole = createSampler(lists, settings);
  for (let i = 0; i < 4; i++) whole.next();
  const resumed = createSampler(lists, settings, whole.state());
  const plans = Array.from({ length: 6 }, () => [whole.next(), resumed.next()] as const);
  for (const [a, b] of plans) expect(b).toEqual(a);
  expect(new Set(plans.map(([{ augmentationSeed }]) => augmentationSeed)).size).toBe(6);
  expect(
    createSampler(lists, { ...settings, isAugmented: false }).next().augmentationSeed,
  ).toBeNull();
});
