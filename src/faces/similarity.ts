/** @file Similarity transforms of the plane: rotation, one scale for both axes, shift; never a stretch. */

/** In pixels; x to the right, y down, pixel centres at whole numbers. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** (x, y) → (a·x − b·y + tx, b·x + a·y + ty). */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/** How many times larger the image of a length is. */
export const scaleOf = ({ a, b }: Similarity): number => Math.hypot(a, b);

/** The image of a point. */
export const applySimilarity = ({ a, b, tx, ty }: Similarity, { x, y }: Point): Point => ({
  x: a * x - b * y + tx,
  y: b * x + a * y + ty,
});

/** The transform that undoes it. */
export function invertSimilarity({ a, b, tx, ty }: Similarity): Similarity {
  const squared = a * a + b * b;
  const ia = a / squared;
  const ib = -b / squared;
  return { a: ia, b: ib, tx: -(ia * tx - ib * ty), ty: -(ib * tx + ia * ty) };
}

/** The mean of some points. */
export function centroid(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), {
    x: 0,
    y: 0,
  });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/** The similarity that brings `from` nearest to `to` in the sense of least squares; the points correspond by index, and are not all the same. */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const origin = centroid(from);
  const target = centroid(to);
  let along = 0;
  let across = 0;
  let spread = 0;
  from.forEach((point, i) => {
    const goal = to[i] ?? target;
    const x = point.x - origin.x;
    const y = point.y - origin.y;
    const u = goal.x - target.x;
    const v = goal.y - target.y;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  });
  const a = along / spread;
  const b = across / spread;
  return {
    a,
    b,
    tx: target.x - (a * origin.x - b * origin.y),
    ty: target.y - (b * origin.x + a * origin.y),
  };
}

/** Root of the mean squared distance between corresponding points. */
export function rmsDistance(a: readonly Point[], b: readonly Point[]): number {
  const sum = a.reduce(
    (total, { x, y }, i) => total + (x - (b[i]?.x ?? NaN)) ** 2 + (y - (b[i]?.y ?? NaN)) ** 2,
    0,
  );
  return Math.sqrt(sum / a.length);
}
