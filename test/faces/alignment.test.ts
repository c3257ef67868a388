import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { decodeImage } from '../../src/images/image';
import { alignFaces, detectWithMargin } from '../../src/faces/align';
import { loadFaceFinder } from '../../src/faces/detect';
import type { FaceFinder } from '../../src/faces/detect';
import { perceptualHash, sharpnessOf } from '../../src/faces/measure-quality';
import {
  applySimilarity,
  fitSimilarity,
  invertSimilarity,
  scaleOf,
} from '../../src/faces/similarity';
import { facePartsOf, templateError } from '../../src/faces/template';
import { warpImage } from '../../src/faces/warp';
import type { RgbImage } from '../../src/images/pixels';
import { mirrored, mirrorPadded } from '../../src/faces/sample';
import { yawOf } from '../../src/faces/face-quality';

/** A ramp of colours with no two rows or columns alike. */
function ramp(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set([(x * 255) / width, (y * 255) / height, 128], (y * width + x) * 3);
  return { data, width, height };
}

const at = ({ data, width }: RgbImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

test('a similarity is found again from points that it moved, and undone', () => {
  // turned by 90°, twice as large, moved by (3, 4)
  const truth = { a: 0, b: 2, tx: 3, ty: 4 };
  expect(applySimilarity(truth, { x: 1, y: 0 })).toEqual({ x: 3, y: 6 });
  const points = [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 5, y: 7 },
  ];
  const fitted = fitSimilarity(
    points,
    points.map((point) => applySimilarity(truth, point)),
  );
  for (const key of ['a', 'b', 'tx', 'ty'] as const)
    expect(fitted[key]).toBeCloseTo(truth[key], 10);
  expect(scaleOf(fitted)).toBeCloseTo(2, 10);
  const back = applySimilarity(invertSimilarity(truth), { x: 3, y: 6 });
  expect([back.x, back.y]).toEqual([1, 0]);
});

test('three points that a similarity cannot match are met in the middle, not by a stretch', () => {
  const square = [
    { x: -1, y: 0 },
    { x: 1, y: 0 },
    { x: 0, y: -1 },
    { x: 0, y: 1 },
  ];
  // twice as wide and as high as before: the least squares are at one and a half
  const wide = square.map(({ x, y }) => ({ x: 2 * x, y }));
  expect(fitSimilarity(square, wide)).toEqual({ a: 1.5, b: 0, tx: 0, ty: 0 });
});

test('beyond its edges a picture goes on as in mirrors', () => {
  expect([-3, -2, -1, 0, 3, 4, 5, 8].map((index) => mirrored(index, 4))).toEqual([
    2, 1, 0, 0, 3, 3, 2, 0,
  ]);
  const padded = mirrorPadded(ramp(4, 3), 2);
  expect([padded.width, padded.height]).toEqual([8, 7]);
  expect(at(padded, 1, 2)).toEqual(at(ramp(4, 3), 0, 0));
  expect(at(padded, 0, 2)).toEqual(at(ramp(4, 3), 1, 0));
});

test('warping: identity changes nothing, a shift moves pixels, nothing is black, and shrinking averages', async () => {
  const image = ramp(64, 64);
  expect((await warpImage(image, { a: 1, b: 0, tx: 0, ty: 0 }, 64)).data).toEqual(image.data);
  const shifted = await warpImage(image, { a: 1, b: 0, tx: 10, ty: 0 }, 64);
  expect([at(shifted, 20, 5), at(shifted, 9, 5)]).toEqual([at(image, 10, 5), at(image, 0, 5)]);
  const white: RgbImage = { data: new Uint8Array(30 * 30 * 3).fill(255), width: 30, height: 30 };
  const turned = await warpImage(white, { a: 0.7, b: 0.7, tx: -50, ty: 20 }, 100);
  expect(turned.data.every((value) => value === 255)).toBe(true);
  // stripes of one pixel become grey, where four neighbours alone would see black or white
  const stripes: RgbImage = {
    data: Uint8Array.from({ length: 400 * 400 * 3 }, (_, i) => (Math.floor(i / 3) % 2) * 255),
    width: 400,
    height: 400,
  };
  const small = await warpImage(stripes, { a: 0.1, b: 0, tx: 0, ty: 0 }, 40);
  expect(at(small, 20, 20).every((value) => Math.abs(value - 127) < 15)).toBe(true);
});

test('a blurred picture is less sharp whatever its contrast; a copy has nearly the same hash', async () => {
  const file = path.join(
    path.dirname(require.resolve('@vladmandic/face-api/package.json')),
    'demo',
    'sample1.jpg',
  );
  const [sharpOne, faint, blurred, copy] = await Promise.all(
    [
      sharp(file).resize(400, 400),
      sharp(file).resize(400, 400).linear(0.3, 90),
      sharp(file).resize(400, 400).blur(8),
      sharp(file).resize(200, 200).jpeg({ quality: 60 }),
    ].map(async (picture) => decodeImage(await picture.toFormat('jpeg').toBuffer())),
  );
  const a = await sharpnessOf(sharpOne!);
  const b = await sharpnessOf(faint!);
  const c = await sharpnessOf(blurred!);
  expect(Math.abs(a - b) / a).toBeLessThan(0.1);
  expect(c).toBeLessThan(0.5 * a);
  const h1 = await perceptualHash(sharpOne!);
  const h2 = await perceptualHash(copy!);
  expect(h1).toMatch(/^[0-9a-f]{64}$/);
  const differing = Array.from(h1).filter((digit, i) => digit !== h2[i]).length;
  expect(differing).toBeLessThanOrEqual(6);
});

test('the turn of a head comes from where the nose is between the ends of the jaw', () => {
  const landmarks = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }));
  landmarks[0] = { x: 100, y: 50 };
  landmarks[16] = { x: 300, y: 50 };
  landmarks[30] = { x: 200, y: 80 };
  expect(yawOf(landmarks)).toBeCloseTo(0, 5);
  landmarks[30] = { x: 250, y: 80 };
  expect(yawOf(landmarks)).toBeCloseTo(30, 5);
});

describe('a photograph of several people (a sample of face-api’s package)', () => {
  const file = path.join(
    path.dirname(require.resolve('@vladmandic/face-api/package.json')),
    'demo',
    'sample6.jpg',
  );
  let finder: FaceFinder;
  let photograph: RgbImage;
  beforeAll(async () => {
    finder = await loadFaceFinder();
    photograph = await decodeImage(readFileSync(file), file);
  });

  test('faces come out upright, 400 × 400, with eyes and mouth at the template', async () => {
    const outcome = await alignFaces(finder, photograph, {
      face: 'all',
      minFace: 30,
      isTight: false,
    });
    if (!('faces' in outcome)) throw new Error(outcome.reason);
    expect(outcome.faces.length).toBeGreaterThanOrEqual(3);
    for (const { crop, landmarks } of outcome.faces) {
      expect([crop.width, crop.height]).toEqual([400, 400]);
      expect(templateError(facePartsOf(landmarks))).toBeLessThan(0.05);
    }
  });

  test('turned and shrunk, the same face lands in the same place', async () => {
    const largest = { face: 'largest', minFace: 30, isTight: false } as const;
    const upright = await alignFaces(finder, photograph, largest);
    const { data, info } = await sharp(file)
      .rotate(20)
      .resize(900)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const turned = await alignFaces(
      finder,
      { data, width: info.width, height: info.height },
      largest,
    );
    if (!('faces' in upright) || !('faces' in turned)) throw new Error('no face');
    const a = upright.faces[0]!.landmarks;
    const b = turned.faces[0]!.landmarks;
    const away =
      a.reduce((sum, { x, y }, i) => sum + Math.hypot(x - b[i]!.x, y - b[i]!.y), 0) / a.length;
    expect(away / 400).toBeLessThan(0.03);
  });

  test('a photograph of many megapixels needs no more memory to be searched with a margin', async () => {
    const width = 6000;
    const height = 5000;
    const blank: RgbImage = { data: new Uint8Array(width * height * 3).fill(127), width, height };
    expect(await detectWithMargin(finder, blank)).toEqual([]);
    const thin: RgbImage = { data: new Uint8Array(60_000 * 3), width: 60_000, height: 1 };
    expect(await detectWithMargin(finder, thin)).toEqual([]);
  });

  test('where there is no face, or only small ones, the outcome says so', async () => {
    const blank: RgbImage = {
      data: new Uint8Array(300 * 300 * 3).fill(127),
      width: 300,
      height: 300,
    };
    expect(
      await alignFaces(finder, blank, { face: 'centre', minFace: 64, isTight: false }),
    ).toEqual({
      reason: 'no face',
      detail: 'the detector found none in 300x300 pixels',
    });
    expect(
      await alignFaces(finder, photograph, { face: 'centre', minFace: 5000, isTight: false }),
    ).toMatchObject({ reason: 'too small' });
  });
});
