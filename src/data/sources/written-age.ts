/** @file Ages as people and spreadsheets write them: `34`, `34,5`, `30-39`, `(25, 32)`, `60+`; and what is none, with the reason. */

import { ageGroupNames, ageGroupOf } from '../age-groups';

/** An age in years, or why there is none. */
export type WrittenAge = { readonly age: number } | { readonly problem: string };

const OLDEST = 120;
const NUMBER = /^\d+(?:[.,]\d+)?$/;
/** `30-39`, `30 to 39`; with a comma between them only in brackets, for `34,5` is one number. */
const RANGE = /^(\d{1,3})\s*(?:-|–|—|\.\.|to)\s*(\d{1,3})$/i;
const BRACKETED = /^[([]\s*(\d{1,3})\s*[-–,;]\s*(\d{1,3})\s*[)\]]$/;
const OPEN = /^(\d{1,3})\s*\+$/;
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

function ofText(text: string, bounds: readonly number[]): WrittenAge {
  if (text === '') return { problem: 'its age is blank' };
  // the name of our own oldest group, which begins a year later
  const oldest = bounds.at(-1) ?? 0;
  if (text === ageGroupNames(bounds).at(-1)) return { age: oldest + 1 };
  const [, low, high] = RANGE.exec(text) ?? BRACKETED.exec(text) ?? [];
  if (low !== undefined && high !== undefined)
    return ofRange(text, Number(low), Number(high), bounds);
  const open = OPEN.exec(text)?.[1];
  if (open !== undefined) {
    const range = ofRange(text, Number(open), OLDEST, bounds);
    return 'age' in range ? { age: Number(open) } : range;
  }
  if (DATE.test(text))
    return {
      problem: `${text} is a date, which a spreadsheet may have made of a range: format the column as text`,
    };
  if (!NUMBER.test(text)) return { problem: `${text} is no age` };
  return ofNumber(Number(text.replace(',', '.')), text);
}

const ofNumber = (age: number, shown = String(age)): WrittenAge =>
  age >= 0 && age <= OLDEST ? { age } : { problem: `${shown} is no age` };

/**
 * Reads an age. A range counts as its middle where it lies in one age group; elsewhere nobody can tell which it is of.
 * @param bounds last year of every age group but the oldest
 */
export function readWrittenAge(value: unknown, bounds: readonly number[]): WrittenAge {
  if (value === null || value === undefined) return { problem: 'its age is blank' };
  if (typeof value === 'number') return ofNumber(value);
  if (Array.isArray(value) && value.length === 2)
    return ofText(`(${String(value[0])}, ${String(value[1])})`, bounds);
  return typeof value === 'string'
    ? ofText(value.trim(), bounds)
    : { problem: `${JSON.stringify(value)} is no age` };
}
