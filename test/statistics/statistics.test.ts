import { Matrix } from 'ml-matrix';
import { createRandom } from '../../src/statistics/random';
import {
  drawPeople,
  estimate,
  intervalOf,
  quantile,
  weightedMean,
  weightedMedian,
} from '../../src/statistics/bootstrap';
import {
  frechetDistances,
  frechetEstimate,
  frechetTarget,
  gaussianOf,
} from '../../src/statistics/frechet';
import { calibrate } from '../../src/statistics/verification';
import type { Described } from '../../src/statistics/verification';

test('quantiles lie between neighbours by proportion, and an infinite end stays what it is', () => {
  expect([0, 0.25, 0.5, 1].map((share) => quantile([1, 2, 3, 4, 5], share))).toEqual([1, 2, 3, 5]);
  expect(quantile([1, 2], 0.25)).toBe(1.25);
  expect(quantile([1, Infinity, Infinity], 1)).toBe(Infinity);
  expect(quantile([], 0.5)).toBeNaN();
});

test('means and medians count a person as often as the person was drawn', () => {
  const values = [1, 3, 10];
  const people = [0, 0, 1];
  expect(weightedMean(values, people, [1, 1])).toBeCloseTo(14 / 3);
  expect(weightedMean(values, people, [2, 0])).toBe(2);
  expect(weightedMedian(values, people, [0, 3])).toBe(10);
});

test('people are drawn as often as there are people, the same for one seed', () => {
  const draws = drawPeople(7, 20, createRandom(3));
  for (const counts of draws) expect(counts.reduce((a, b) => a + b, 0)).toBe(7);
  expect(drawPeople(7, 20, createRandom(3))).toEqual(draws);
});

test('an interval covers the spread of the mean: 400 people, half of them 1, have 50 % ± 4.9', () => {
  const values = Array.from({ length: 400 }, (_, i) => i % 2);
  const { value, low, high, n } = estimate(
    values,
    values.map((_, i) => i),
    drawPeople(400, 2000, createRandom(1)),
  );
  expect({ value, n }).toEqual({ value: 0.5, n: 400 });
  // 1.96 · √(0.25 / 400)
  expect(low).toBeCloseTo(0.451, 2);
  expect(high).toBeCloseTo(0.549, 2);
});

test('pictures of one person are one observation: the interval is that of two people, not of two hundred pictures', () => {
  const people = Array.from({ length: 200 }, (_, i) => i % 2);
  const { low, high } = estimate(people, people, drawPeople(2, 500, createRandom(1)));
  expect([low, high]).toEqual([0, 1]);
});

test('an interval leaves out replicates that say nothing', () => {
  expect(intervalOf([NaN, 1, 1, NaN])).toEqual({ low: 1, high: 1 });
});

describe('the Fréchet distance', () => {
  /** Four vectors with these means and deviations, whose numbers vary independently. */
  const corners = ([x, y]: [number, number], deviations: [number, number]): Float32Array[] => {
    // of ±d four times the unbiased variance is 4/3 · d²
    const [dx, dy] = deviations.map((deviation) => (deviation * Math.sqrt(3)) / 2) as [
      number,
      number,
    ];
    return [-1, 1].flatMap((a) => [-1, 1].map((b) => Float32Array.of(x + a * dx, y + b * dy)));
  };
  const distance = (
    from: Float32Array[],
    to: Float32Array[],
    weights = from.map(() => 1),
  ): number => frechetDistances(from, frechetTarget(gaussianOf(to)))(weights);

  test('of independent numbers is the sum of (m1 − m2)² + (s1 − s2)²', () => {
    // (1 − 4)² + (2 − 3)² + (0 − 0)² + (1 − 5)² = 26
    expect(distance(corners([1, 0], [2, 1]), corners([4, 0], [3, 5]))).toBeCloseTo(26, 4);
  });

  test('of a set to itself is nothing, also where the vectors are fewer than their numbers', () => {
    const random = createRandom(5);
    const vectors = Array.from({ length: 6 }, () =>
      Float32Array.from({ length: 20 }, () => random.nextFloat()),
    );
    expect(distance(vectors, vectors)).toBeLessThan(1e-6);
  });

  test('of numbers that vary together is that of their independent sums and differences, also where one does not vary', () => {
    // sums and differences, each divided by √2, are a turned space: distances stay
    const turn = (vectors: Float32Array[]): Float32Array[] =>
      vectors.map(([x, y]) => Float32Array.of((x! + y!) / Math.SQRT2, (x! - y!) / Math.SQRT2));
    expect(distance(turn(corners([1, 0], [2, 1])), turn(corners([4, 0], [3, 5])))).toBeCloseTo(
      26,
      4,
    );
    // (1 − 1)² + (0 − 0)² + (2 − 0)² + (0 − 3)² = 13: of rank one each, at right angles
    expect(distance(turn(corners([1, 0], [2, 0])), turn(corners([1, 0], [0, 3])))).toBeCloseTo(
      13,
      4,
    );
  });

  test('falls as vectors get more, and is the same from either set, whether vectors or their numbers are fewer', () => {
    const random = createRandom(8);
    const drawn = (count: number): Float32Array[] =>
      Array.from({ length: count }, () =>
        Float32Array.from({ length: 30 }, () => random.nextFloat()),
      );
    const few = drawn(12);
    const some = drawn(40);
    const many = drawn(600);
    expect(distance(many, drawn(600))).toBeLessThan(distance(some, many));
    expect(distance(some, many)).toBeLessThan(distance(few, many));
    // the matrices are not the same: 12 × 12 from few vectors, 30 × 30 from many; zero eigenvalues are so only to a rounding
    expect(distance(few, many)).toBeCloseTo(distance(many, few), 6);
    expect(distance(few, some)).toBeCloseTo(distance(some, few), 6);
  });

  test('is nothing known where a number is not finite, and where drawn vectors are all one the target alone tells', () => {
    const broken = [...corners([1, 0], [2, 1]), Float32Array.of(NaN, 1)];
    expect(distance(broken, corners([4, 0], [3, 5]))).toBeNaN();
    expect(distance(corners([4, 0], [3, 5]), broken)).toBeNaN();
    expect(
      distance(corners([4, 0], [3, 5]), [...corners([1, 0], [2, 1]), Float32Array.of(0, Infinity)]),
    ).toBeNaN();
    // (1 − 4)² + 3² + 5² = 43
    const to = corners([4, 0], [3, 5]);
    expect(distance([Float32Array.of(1, 0), Float32Array.of(9, 9)], to, [2, 0])).toBeCloseTo(43, 4);
  });

  test('ends where forty vectors are all one: rounding alone is left of their covariance', () => {
    const numbers = 48;
    const vector = Float32Array.from({ length: numbers }, (_, i) => 0.1 + i / 97);
    const target = { mean: new Float64Array(numbers), trace: 1, root: Matrix.eye(numbers) };
    const distanceBy = frechetDistances(new Array<Float32Array>(40).fill(vector), target);
    const expected = vector.reduce((sum, value) => sum + value ** 2, 0) + 1;
    // of thousands of drawings, one with which the decomposition went on for ever
    const weights = Array.from('1010112102020210021021221122122011010101', Number);
    expect(distanceBy(weights)).toBeCloseTo(expected, 5);
  });

  test('counts a vector as often as its weight says', () => {
    const from = corners([1, 2], [2, 1]);
    const to = corners([4, 0], [3, 5]);
    const repeated = [0, 0, 0, 1, 3, 3].map((i) => from[i]!);
    expect(distance(from, to, [3, 1, 0, 2])).toBeCloseTo(distance(repeated, to), 9);
    expect(distance(from, to, [1, 0, 0, 0])).toBeNaN();
  });

  test('has the spread of its replicates around it, whatever their mean', () => {
    // 100 … 200 around 150: −47.5 … +47.5
    const replicates = Array.from({ length: 101 }, (_, i) => 100 + i);
    const { low, high, ...rest } = frechetEstimate(60, [...replicates, NaN], 9);
    expect(rest).toEqual({ value: 60, n: 9 });
    expect([low, high]).toEqual([expect.closeTo(12.5, 9), expect.closeTo(107.5, 9)]);
    expect(frechetEstimate(10, replicates, 9).low).toBe(0);
  });

  test('mean and covariance are those of the vectors', () => {
    const { mean, covariance } = gaussianOf([
      Float32Array.of(0, 0),
      Float32Array.of(2, 4),
      Float32Array.of(4, 2),
    ]);
    expect([...mean]).toEqual([2, 2]);
    expect(covariance.to1DArray().map((value) => Number(value.toFixed(9)))).toEqual([4, 2, 2, 4]);
  });
});

describe('calibration', () => {
  /** People around points of their own; photographs of one are `spread` apart from it. */
  const population = (people: number, each: number, spread: number): Described[] => {
    const random = createRandom(9);
    const normal = (): number =>
      Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
    return Array.from({ length: people }, (_, p) => {
      const centre = Array.from({ length: 8 }, normal);
      return Array.from({ length: each }, () => ({
        embedding: Float32Array.from(centre, (value) => value + spread * normal()),
        person: `p${p}`,
      }));
    }).flat();
  };

  test('counts pairs, and separates people who are far apart', () => {
    const calibration = calibrate(population(60, 3, 0.01), createRandom(1));
    expect(calibration).toMatchObject({
      people: 60,
      photographs: 180,
      samePairs: 180,
      differentPairs: (180 * 179) / 2 - 180,
    });
    expect(calibration.auc!.value).toBeCloseTo(1, 3);
    for (const { threshold, verified } of calibration.points) {
      expect(threshold!.value).toBeGreaterThan(0.1);
      expect(verified!.value).toBe(1);
    }
  });

  test('accepts the share of different people that was asked for', () => {
    const { points, different } = calibrate(population(60, 3, 0.8), createRandom(1));
    for (const { far, threshold } of points) {
      // as verification accepts: up to the threshold
      const accepted =
        different.filter((distance) => distance <= threshold!.value).length / different.length;
      expect(accepted).toBeLessThanOrEqual(far);
      expect(accepted).toBeGreaterThan(far - 1 / different.length);
      expect(threshold!.low).toBeLessThanOrEqual(threshold!.value);
      expect(threshold!.high).toBeGreaterThanOrEqual(threshold!.value);
    }
  });

  test('tells people apart no better than chance where descriptors say nothing', () => {
    const random = createRandom(2);
    const faces = Array.from({ length: 120 }, (_, i) => ({
      embedding: Float32Array.from({ length: 8 }, () => random.nextFloat()),
      person: `p${i % 40}`,
    }));
    const { auc } = calibrate(faces, createRandom(1));
    expect(auc!.low).toBeLessThan(0.5);
    expect(auc!.high).toBeGreaterThan(0.5);
  });

  test('is not resolvable with fewer than 10 / FAR pairs of different people', () => {
    // 1 % needs 1,000 pairs: 45 photographs have 990
    const faces = population(46, 1, 0);
    expect(
      calibrate(faces.slice(0, 45), createRandom(1)).points.map(
        ({ threshold }) => threshold === null,
      ),
    ).toEqual([true, true]);
    expect(
      calibrate(faces, createRandom(1)).points.map(({ threshold }) => threshold === null),
    ).toEqual([true, false]);
  });

  test('photographs of nobody named are of different people', () => {
    const faces = population(50, 1, 0).map(({ embedding }) => ({ embedding, person: null }));
    const { people, samePairs, auc, roc, points } = calibrate(faces, createRandom(1));
    expect({ people, samePairs, auc, roc: roc.length }).toEqual({
      people: 50,
      samePairs: 0,
      auc: null,
      roc: 0,
    });
    expect(points.at(-1)).toMatchObject({ far: 0.01, verified: null });
  });
});
