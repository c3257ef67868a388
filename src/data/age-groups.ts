/** @file Years to age groups and back to names. */

/** Last year of every group but the oldest. */
export const DEFAULT_AGE_BOUNDS: readonly number[] = [20, 30, 40, 50];
/** The paper's photographs begin at it; younger faces are of the first group, too. */
const YOUNGEST = 11;

/** Index of the group of an age in years: ≤ bounds[0] → 0, …, above the last bound → bounds.length. */
export function ageGroupOf(years: number, bounds: readonly number[] = DEFAULT_AGE_BOUNDS): number {
  const group = bounds.findIndex((last) => years <= last);
  return group === -1 ? bounds.length : group;
}

/**
 * "11-20", "21-30", …, "50+", as the paper names them, one for each group; a first group that ends before `youngest` begins at 0.
 * @param youngest years of the youngest face that there may be
 */
export function ageGroupNames(
  bounds: readonly number[] = DEFAULT_AGE_BOUNDS,
  youngest = YOUNGEST,
): string[] {
  const first = (bounds[0] ?? 0) >= youngest ? youngest : 0;
  const names = bounds.map((last, i) => `${i === 0 ? first : (bounds[i - 1] ?? 0) + 1}-${last}`);
  return [...names, `${bounds.at(-1) ?? 0}+`];
}
