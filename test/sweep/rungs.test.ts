import { entrants, rungSizes } from '../../src/sweep/rungs';
import { definitionOf } from '../support/sweep';

const halving = definitionOf({
  parameters: { seed: [1, 2, 3, 4, 5] },
  base: { max_steps: 40 },
  stop_early: { rungs: [10, 20], factor: 2 },
});
const at = (index: number, ...metrics: (number | null)[]) => ({
  index,
  results: metrics.map((metric, rung) => ({ rung, metric })),
});

test('the better half goes on, at every rung', () => {
  expect(rungSizes(halving, 5)).toEqual([5, 3, 2]);
  const runs = [at(0, 5, 1), at(1, 4), at(2, 3, 2), at(3, 2, 0.5), at(4, 6)];
  expect(entrants(halving, runs, 1).map(({ index }) => index)).toEqual([3, 2, 1]);
  // run 0 did not enter rung 1, whatever it has there
  expect(entrants(halving, runs, 2).map(({ index }) => index)).toEqual([3, 2]);
});

test('equal metrics go by index, no metric comes last, and what failed does not go on', () => {
  const runs = [at(0, null), at(1, 3), at(2, 3), at(3), at(4, null)];
  expect(entrants(halving, runs, 1).map(({ index }) => index)).toEqual([1, 2, 0]);
});

test('the greatest goes on where the goal is to maximize', () => {
  const upwards = definitionOf({ ...halving, metric: { name: 'g_loss', goal: 'maximize' } });
  expect(
    entrants(upwards, [at(0, 1), at(1, 9), at(2, 5), at(3, 7), at(4, 0)], 1).map(
      ({ index }) => index,
    ),
  ).toEqual([1, 3, 2]);
});
