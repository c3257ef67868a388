import { learningRateAt } from '../../src/optimizers/schedule';
import type { Schedule } from '../../src/optimizers/schedule';

test('the learning rate warms up, then stays, drops twice, or falls to 0 along half a cosine or evenly', () => {
  const base = { learning_rate: 1, warmup_steps: 10, steps: 110 };
  const at = (schedule: Schedule['schedule'], step: number): number =>
    learningRateAt({ ...base, schedule }, step);
  expect(at('cosine', 4)).toBeCloseTo(0.5, 12);
  expect([at('constant', 10), at('constant', 109)]).toEqual([1, 1]);
  [
    [10, 1],
    [60, 0.5],
    [110, 0],
  ].forEach(([step, rate]) => expect(at('cosine', step!)).toBeCloseTo(rate!, 12));
  [
    [59, 1],
    [60, 0.1],
    [85, 0.01],
  ].forEach(([step, rate]) => expect(at('step', step!)).toBeCloseTo(rate!, 12));
  [
    [10, 1],
    [35, 0.75],
    [109, 0.01],
  ].forEach(([step, rate]) => expect(at('linear', step!)).toBeCloseTo(rate!, 12));
  // beyond the end: a run that goes on without steps left has none
  expect([at('cosine', 200), at('linear', 200)]).toEqual([0, 0]);
});
