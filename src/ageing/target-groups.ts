/** @file Which ages somebody asks for, in words of a command line: names of groups, their numbers, or years. */

import { ageGroupOf } from '../data/age-groups';
import { UserError } from '../errors';
import { chosenGroups } from './ager';

/** A number from here on is of years; no age group is as young, and no model has as many groups. */
export const FIRST_YEAR = 11;

/**
 * The groups of `50+,21-30`, of `4,1` or of `65,25`: each is a name, the number of a group from 0, the youngest, or an age in years.
 * @param asked null for all groups but the youngest
 * @returns in the order asked for, each once
 * @throws UserError for what is none of them
 */
export function targetGroups(
  asked: string | null,
  groupNames: readonly string[],
  ageBounds: readonly number[],
): readonly number[] {
  if (asked === null) return chosenGroups(undefined, groupNames.length, '--to');
  const groups = asked.split(',').map((word) => {
    const text = word.trim();
    const named = groupNames.indexOf(text);
    if (named !== -1) return named;
    const number = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
    if (number < groupNames.length) return number;
    if (number >= FIRST_YEAR) return ageGroupOf(number, ageBounds);
    throw new UserError(
      `--to: expected age groups (${groupNames.join(', ')}), their numbers from 0 to ${groupNames.length - 1}, or years from ${FIRST_YEAR} up, got '${text}'. For example --to=${groupNames.at(-1) ?? ''},${groupNames[1] ?? ''}.`,
    );
  });
  return chosenGroups(groups, groupNames.length, '--to');
}
