import { tf } from '../../src/engine/tf';
import { softAgeLabel } from '../../src/losses/soft-age-labels';
import { teacherLoss } from '../../src/losses/distillation';

const BOUNDS = [20, 30, 40, 50];

test('an uncertain age is shared with the neighbouring group: half at the edge, nearly nothing in the middle', () => {
  // the edge between the groups lies at 31 years; age 30 stands for 30.5: half a year below
  const label = softAgeLabel(30, BOUNDS, 3);
  expect(label.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  // Φ(0.5 / 3) − Φ(−9.5 / 3) = 0.56618 − 0.00077
  expect(label[1]).toBeCloseTo(0.56541, 4);
  expect(label[2]).toBeCloseTo(0.43382 - 0.00023, 4);
  const middle = softAgeLabel(25, BOUNDS, 1.5);
  expect(middle[1]).toBeGreaterThan(0.99);
});

test('the ends of the scale keep what would lie outside', () => {
  expect(softAgeLabel(90, BOUNDS, 3)[4]).toBeCloseTo(1, 6);
  expect(softAgeLabel(11, BOUNDS, 3)[0]).toBeGreaterThan(0.999);
});

test("the teacher's loss is 0 for its own descriptors, and cosine plus half the squared difference for others", () => {
  const target = tf.tensor2d([[1, 0]]);
  expect(teacherLoss(target, target).dataSync()[0]).toBeCloseTo(0, 5);
  // cosine distance 1, mean squared difference (1 + 4) / 2
  expect(teacherLoss(tf.tensor2d([[0, 2]]), target).dataSync()[0]).toBeCloseTo(1 + 0.5 * 2.5, 5);
});
