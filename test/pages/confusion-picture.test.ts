import sharp from 'sharp';
import { confusionPicture } from '../../src/pages/confusion-picture';

const DARKEST = [20, 64, 124];
const LIGHTEST = [247, 250, 253];

/** The colour of a pixel of a confusion matrix's picture. */
async function drawn(
  matrix: number[][],
): Promise<{ width: number; height: number; at: (x: number, y: number) => number[] }> {
  const names = matrix.map((_, i) => `class ${i}`);
  const { png, width, height } = await confusionPicture(matrix, names);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([width, height]);
  return {
    width,
    height,
    at: (x, y) => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)],
  };
}

/** Everybody right but class 0, which is half the time taken for class 1. */
const nearlyRight = (classes: number): number[][] =>
  Array.from({ length: classes }, (_, i) =>
    Array.from({ length: classes }, (_, j) => (i === 0 ? (j < 2 ? 2 : 0) : Number(i === j) * 3)),
  );

test('few classes have their shares as shades, with numbers and names around them', async () => {
  const { width, at } = await drawn(nearlyRight(3));
  const corner = (row: number, column: number): number[] =>
    at(width - 216 + 72 * column + 2, 56 + 72 * row + 2);
  expect(corner(1, 1)).toEqual(DARKEST);
  expect(corner(1, 0)).toEqual(LIGHTEST);
  expect(corner(0, 0)).toEqual(corner(0, 1));
  expect(corner(0, 0)).toEqual(DARKEST.map((to, i) => Math.round((to + LIGHTEST[i]!) / 2)));
});

test('hundreds of classes have a cell of five pixels each', async () => {
  const { width, height, at } = await drawn(nearlyRight(150));
  expect([width, height]).toEqual([900, 900]);
  expect([
    at(6 * 77 + 2, 6 * 77 + 2),
    at(6 * 78 + 2, 6 * 77 + 2),
    at(6 * 77 + 5, 6 * 77 + 2),
  ]).toEqual([DARKEST, LIGHTEST, [255, 255, 255]]);
});

test('with thousands of classes a pixel is the darkest of its cells, so that no mistake is lost', async () => {
  const matrix = nearlyRight(1800);
  matrix[0] = matrix[0]!.map((_, j) => Number(j === 1300));
  const { width, at } = await drawn(matrix);
  expect(width).toBe(1200);
  expect([at(866, 0), at(868, 0), at(900, 900), at(900, 100)]).toEqual([
    DARKEST,
    LIGHTEST,
    DARKEST,
    LIGHTEST,
  ]);
});
