/** @file Ages as people and spreadsheets write them: `34`, `34,5 years`, `30-39`, `(25, 32)`, `20s`, `60+`, `over 60`; and what is none, with the reason. */

import { shownValue } from '../../config/problems';
import { ageGroupNames, ageGroupOf } from '../age-groups';

/** An age in years, or why there is none. */
export type WrittenAge = { readonly age: number } | { readonly problem: string };

const OLDEST = 120;
const NUMBER = /^\d+(?:[.,]\d+)?$/;
/** `30-39`, `30 to 39`; with a comma between them only in brackets, for `34,5` is one number. */
const RANGE = /^(\d{1,3})\s*(?:-|–|—|\.\.|to)\s*(\d{1,3})$/i;
const BRACKETED = /^[([]\s*(\d{1,3})\s*[-–,;]\s*(\d{1,3})\s*[)\]]$/;
const OPEN =
  /^(?:(?:(>)|>=|≥|(over|above|older than)\s)\s*(\d{1,3})|(\d{1,3})\s*(?:\+|plus|(?:and|or)\s(?:over|above|older|more|up)))$/i;
/** `under 20`, `20 or younger`; the words alone leave the year itself out. */
const YOUNG =
  /^(?:(?:(<)|<=|≤|(under|below|younger than)\s)\s*(\d{1,3})|(\d{1,3})\s*(?:and|or)\s(?:under|below|younger|less))$/i;
const DECADE = /^(\d{1,2}0)\s*['’]?s$/;
/** The word behind a number of years. */
const YEARS = /(?<=[\d+\])])\s*(?:years?|yrs?|y\.?o?\.?)(?:\s+old)?\s*$/i;
/** What a spreadsheet makes of `10-12`, and how it and others write days. */
const DATE =
  /^(?:\d{1,2}[-. ]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-. ]?\d{1,4}|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*)$/i;

function ofRange(text: string, low: number, high: number, bounds: readonly number[]): WrittenAge {
  if (low > high || high > OLDEST) return { problem: `${text} is no range of ages` };
  const first = ageGroupOf(low, bounds);
  const last = ageGroupOf(high, bounds);
  if (first === last) return { age: Math.floor((low + high) / 2) };
  const names = ageGroupNames(bounds);
  return {
    problem: `${text} lies in more than one age group (${names[first] ?? ''} to ${names[last] ?? ''})`,
  };
}

/** `60+` and its like; an age that is said to be above another is a year above. */
function ofOpen(text: string, bounds: readonly number[]): WrittenAge | null {
  const [, more, over, above, from] = OPEN.exec(text) ?? [];
  const [, less, under, below, upTo] = YOUNG.exec(text) ?? [];
  if (above !== undefined || from !== undefined) {
    const youngest = Number(from ?? above) + (more === undefined && over === undefined ? 0 : 1);
    const range = ofRange(text, youngest, OLDEST, bounds);
    return 'age' in range ? { age: youngest } : range;
  }
  if (below === undefined && upTo === undefined) return null;
  const oldest = Number(upTo ?? below) - (less === undefined && under === undefined ? 0 : 1);
  const range = ofRange(text, 0, oldest, bounds);
  // the end that is said, as above
  return 'age' in range ? { age: oldest } : range;
}

function ofText(text: string, bounds: readonly number[]): WrittenAge {
  if (text === '') return { problem: 'its age is blank' };
  // the name of our own oldest group, which begins a year later
  const oldest = bounds.at(-1) ?? 0;
  if (text === ageGroupNames(bounds).at(-1)) return { age: oldest + 1 };
  const [, low, high] = RANGE.exec(text) ?? BRACKETED.exec(text) ?? [];
  if (low !== undefined && high !== undefined)
    return ofRange(text, Number(low), Number(high), bounds);
  const decade = DECADE.exec(text)?.[1];
  if (decade !== undefined) return ofRange(text, Number(decade), Number(decade) + 9, bounds);
  const open = ofOpen(text, bounds);
  if (open !== null) return open;
  if (DATE.test(text))
    return {
      problem: `${text} is a date, which a spreadsheet may have made of a range: format the column as text`,
    };
  if (!NUMBER.test(text)) return { problem: `${text} is no age` };
  return ofNumber(Number(text.replace(',', '.')), text);
}

const ofNumber = (age: number, shown = String(age)): WrittenAge =>
  age >= 0 && age <= OLDEST ? { age } : { problem: `${shown} is no age` };

const isPlain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

/**
 * Reads an age. A range counts as its middle where it lies in one age group; elsewhere nobody can tell which it is of.
 * @param bounds last year of every age group but the oldest
 */
export function readWrittenAge(value: unknown, bounds: readonly number[]): WrittenAge {
  if (value === null || value === undefined) return { problem: 'its age is blank' };
  if (typeof value === 'number') return ofNumber(value);
  if (Array.isArray(value) && value.length === 2 && value.every(isPlain))
    return ofText(`(${String(value[0])}, ${String(value[1])})`, bounds);
  return typeof value === 'string'
    ? ofText(value.trim().replace(YEARS, ''), bounds)
    : { problem: `${shownValue(value)} is no age` };
}
