/** @file Names of results: two inputs never lead to one, also where case does not count. */

import path from 'node:path';

/** Letters that other systems take for others, taken for one. */
const alike = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * A name for the results of each input, in order: its own, or, where a result of an earlier input has that already, one with `~2`, `~3`
 * before its ending. The result of `a.jpg` at group 1 is `a.jpg_1.jpg`, which an input may be called, too.
 * @param resultsOf the files that are written for an input under a name
 * @param taken names of other files that are written there
 */
export function resultNames(
  inputs: readonly string[],
  resultsOf: (name: string) => readonly string[],
  taken: readonly string[],
): readonly string[] {
  const used = new Set(taken.map(alike));
  return inputs.map((input) => {
    const { name, ext } = path.parse(input);
    let candidate = input;
    for (let n = 2; resultsOf(candidate).some((one) => used.has(alike(one))); n++)
      candidate = `${name}~${n}${ext}`;
    for (const one of resultsOf(candidate)) used.add(alike(one));
    return candidate;
  });
}
