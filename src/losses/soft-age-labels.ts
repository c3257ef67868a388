/** @file Age groups as targets that know how sure they are: an age near the edge of its group belongs to the neighbour, too. */

/** Abramowitz and Stegun 7.1.26: the integral of the normal distribution, to 1e-7. */
function normalIntegral(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const polynomial =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const error = 1 - polynomial * Math.exp(-x * x);
  return z < 0 ? (1 - error) / 2 : (1 + error) / 2;
}

/**
 * The share of each group, adding up to 1, of an age that is uncertain by `sigma` years (normally distributed).
 * @param age in whole years: it stands for the middle of that year of life
 * @param bounds last year of every group but the oldest
 */
export function softAgeLabel(age: number, bounds: readonly number[], sigma: number): number[] {
  const below = bounds.map((bound) => normalIntegral((bound + 1 - (age + 0.5)) / sigma));
  return [...below, 1].map((share, i) => share - (i === 0 ? 0 : (below[i - 1] ?? 0)));
}
