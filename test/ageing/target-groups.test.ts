import { targetGroups } from '../../src/ageing/target-groups';

const NAMES = ['11-20', '21-30', '31-40', '41-50', '50+'];
const BOUNDS = [20, 30, 40, 50];

test.each([
  [null, [1, 2, 3, 4]],
  ['50+,21-30', [4, 1]],
  ['4, 0', [4, 0]],
  ['65,25,50,51', [4, 1, 3]],
  ['11', [0]],
  ['50+,60,4', [4]],
])('--to=%s are the groups %j', (asked, groups) => {
  expect(targetGroups(asked, NAMES, BOUNDS)).toEqual(groups);
});

test.each(['old', '60+', '7', '-3', '', '2.5', '21-30;50+'])('--to=%s is an error', (asked) => {
  expect(() => targetGroups(asked, NAMES, BOUNDS)).toThrow(
    `--to: expected age groups (11-20, 21-30, 31-40, 41-50, 50+), their numbers from 0 to 4, or years from 11 up, got '${asked}'. For example --to=50+,21-30.`,
  );
});
