/** @file Flags that are given where nothing uses them: a mistake, never ignored. */

/** By setting: where it is used, in the user's words, and whether that is so here. */
export type Uses = Readonly<Record<string, readonly [where: string, isUsed: boolean]>>;

/**
 * A line for each flag that would change nothing; a config file may hold what another use of it needs.
 * @param given names of the settings that the user gave, with the name that an error gives them
 */
export function unusedFlags(given: ReadonlyMap<string, string>, uses: Uses): string[] {
  return Object.entries(uses).flatMap(([name, [where, isUsed]]) => {
    const flag = given.get(name);
    if (isUsed || !flag?.startsWith('--')) return [];
    return [`${flag}: expected it with ${where} only, got it without. Leave it out.`];
  });
}
