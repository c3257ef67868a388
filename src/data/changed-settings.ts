/** @file Tells whether work that goes on is done as it was begun. */

/** Settings of some work by name. */
export type WorkSettings = Readonly<Record<string, unknown>>;

const SHOWN_DIFFERENCES = 3;

/**
 * What differs between the settings that stand in a directory and those asked for, of some names: the first few in words.
 * @returns null where nothing does
 */
export function changedSettings(
  then: WorkSettings,
  now: WorkSettings,
  names: readonly string[],
): string | null {
  const changed = names.filter((key) => JSON.stringify(then[key]) !== JSON.stringify(now[key]));
  if (changed.length === 0) return null;
  return changed
    .slice(0, SHOWN_DIFFERENCES)
    .map(
      (key) => `${key} ${JSON.stringify(then[key])} there, ${JSON.stringify(now[key])} asked for`,
    )
    .join('; ');
}
