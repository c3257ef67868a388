/** @file How well a classifier does: its confusion matrix, and the figures that follow from it. */

/** Counts, a row a true class, a column a guess. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** @param classes how many there are; labels and guesses lie below it */
export function confusionMatrix(
  labels: readonly number[],
  guesses: readonly number[],
  classes: number,
): ConfusionMatrix {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => {
    const row = matrix[label];
    const guess = guesses[i];
    if (row && guess !== undefined) row[guess] = (row[guess] ?? 0) + 1;
  });
  return matrix;
}

const share = (
  matrix: ConfusionMatrix,
  counts: (row: number, column: number) => boolean,
): number => {
  let counted = 0;
  let all = 0;
  matrix.forEach((row, i) =>
    row.forEach((count, j) => {
      all += count;
      if (counts(i, j)) counted += count;
    }),
  );
  return counted / all;
};

/** Share of right guesses, 0 to 1; NaN where nothing was guessed. */
export const accuracyOf = (matrix: ConfusionMatrix): number =>
  share(matrix, (row, column) => row === column);

/** Share of guesses that are right or name a class beside the right one. */
export const withinOne = (matrix: ConfusionMatrix): number =>
  share(matrix, (row, column) => Math.abs(row - column) <= 1);

/** Share of right guesses of each class; NaN for a class that there is none of. */
export const perClass = (matrix: ConfusionMatrix): number[] =>
  matrix.map((row, i) => (row[i] ?? 0) / row.reduce((sum, count) => sum + count, 0));
