import { spread } from '../../src/data/spread';

test('a part of a list comes from everywhere in it, in its order; of a short one everything is taken', () => {
  const list = Array.from({ length: 992 }, (_, i) => i);
  const part = spread(list, 500);
  expect([new Set(part).size, part[0], part.at(-1)]).toEqual([500, 0, 990]);
  part.forEach((item, i) => expect(Math.abs(item - i * (992 / 500))).toBeLessThanOrEqual(1));
  expect(spread([3, 1, 2], 500)).toEqual([3, 1, 2]);
});
