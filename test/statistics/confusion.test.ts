import { accuracyOf, confusionMatrix, perClass, withinOne } from '../../src/statistics/confusion';

test('a confusion matrix counts guesses by true class, and its figures follow', () => {
  const matrix = confusionMatrix([0, 0, 1, 2, 2, 2], [0, 2, 1, 2, 1, 0], 3);
  expect(matrix).toEqual([
    [1, 0, 1],
    [0, 1, 0],
    [1, 1, 1],
  ]);
  expect(accuracyOf(matrix)).toBeCloseTo(3 / 6, 12);
  expect(withinOne(matrix)).toBeCloseTo(4 / 6, 12);
  expect(perClass(matrix)).toEqual([1 / 2, 1, 1 / 3]);
});

test('a class that nobody belongs to has no accuracy', () => {
  expect(perClass(confusionMatrix([0], [0], 2))).toEqual([1, NaN]);
});
