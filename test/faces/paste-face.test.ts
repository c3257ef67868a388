import path from 'node:path';
import { decodeImage } from '../../src/images/image';
import { applySimilarity, invertSimilarity } from '../../src/faces/similarity';
import { warpImage } from '../../src/faces/warp';
import { pasteChange, pasteFace } from '../../src/faces/paste-face';
import type { RgbImage } from '../../src/images/pixels';
import { changeMaskAt, maskAt } from '../../src/faces/blend';

const file = path.join(
  path.dirname(require.resolve('@vladmandic/face-api/package.json')),
  'demo',
  'sample1.jpg',
);
/** Half as large, turned by a little, somewhere in the middle of the photograph. */
const transform = { a: 0.9, b: 0.2, tx: -200, ty: -150 };
const pixel = ({ data, width }: RgbImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

test('the mask is whole in the middle of a face, and nothing at the corners of the crop', () => {
  expect([maskAt(198, 215), maskAt(0, 0), maskAt(399, 399), maskAt(198, 20)]).toEqual([1, 0, 0, 0]);
  expect(maskAt(198, 215 + 0.85 * 185)).toBeCloseTo(0.5, 5);
});

test('a crop pasted where it came from leaves the photograph as it was', async () => {
  const photograph = await decodeImage(file);
  const crop = await warpImage(photograph, transform, 400);
  const pasted = await pasteFace(photograph, crop, transform);
  let error = 0;
  for (let i = 0; i < pasted.data.length; i++)
    error += Math.abs((pasted.data[i] ?? 0) - (photograph.data[i] ?? 0));
  // resampling twice costs a little sharpness inside the face, nothing elsewhere
  expect(error / pasted.data.length).toBeLessThan(0.5);
});

test.each([128, 400])(
  'a crop of %i pixels lands on the face, and only there; the photograph given is not touched',
  async (side) => {
    const photograph = await decodeImage(file);
    const before = Buffer.from(photograph.data);
    const red: RgbImage = {
      data: Uint8Array.from({ length: side * side * 3 }, (_, i) => (i % 3 === 0 ? 255 : 0)),
      width: side,
      height: side,
    };
    const pasted = await pasteFace(photograph, red, transform);
    const middle = applySimilarity(invertSimilarity(transform), { x: 198, y: 215 });
    expect(pixel(pasted, Math.round(middle.x), Math.round(middle.y))).toEqual([255, 0, 0]);
    const corner = applySimilarity(invertSimilarity(transform), { x: 5, y: 5 });
    const x = Math.round(corner.x);
    const y = Math.round(corner.y);
    expect(pixel(pasted, x, y)).toEqual(pixel(photograph, x, y));
    expect(before.equals(photograph.data)).toBe(true);
  },
);

test('where a face is not changed, the photograph keeps every pixel; a change is painted over it, and fades at the edges of the crop', async () => {
  const photograph = await decodeImage(file);
  const input = await warpImage(photograph, transform, 64);
  const same = await pasteChange(photograph, input, input, transform);
  expect(Buffer.from(same.data).equals(Buffer.from(photograph.data))).toBe(true);
  const lighter: RgbImage = { ...input, data: input.data.map((value) => Math.min(255, value + 9)) };
  const pasted = await pasteChange(photograph, input, lighter, transform);
  const at = (x: number, y: number): [number, number] => {
    const place = applySimilarity(invertSimilarity(transform), { x, y });
    return [Math.round(place.x), Math.round(place.y)];
  };
  const change = (x: number, y: number): number[] =>
    pixel(pasted, ...at(x, y)).map((value, c) => value - pixel(photograph, ...at(x, y))[c]!);
  expect(change(198, 215)).toEqual([9, 9, 9]);
  expect(change(2, 215)).toEqual([0, 0, 0]);
  expect(changeMaskAt(198, 60)).toBeGreaterThan(maskAt(198, 60));
});
