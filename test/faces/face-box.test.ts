import { faceApi } from '../../src/faces/face-api';
import { faceBox } from '../../src/faces/face-box';
import { createRandom } from '../../src/statistics/random';

test('the frame of a face is that of face-api', () => {
  const random = createRandom(3);
  const size = { width: 400, height: 300 };
  const points = Array.from({ length: 68 }, () => ({
    x: 100 + 200 * random.nextFloat(),
    y: 50 + 200 * random.nextFloat(),
  }));
  const { Point, FaceLandmarks68 } = faceApi();
  const shares = points.map(({ x, y }) => new Point(x / size.width, y / size.height));
  const { x, y, width, height } = new FaceLandmarks68(shares, size).align();
  const own = faceBox(points);
  for (const [got, expected] of [
    [own.x, x],
    [own.y, y],
    [own.width, width],
    [own.height, height],
  ] as const)
    expect(got).toBeCloseTo(expected, 6);
});
