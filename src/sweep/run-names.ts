/** @file Names of runs that tell what differs, as the original names its directories: g75_f0.5e-4_a30. */

import { weightKeyOf } from '../losses/term';
import { LOSS_TERMS } from '../losses/terms';
import type { Settings, SettingValue } from '../config/sweep-file';

/** Short names of settings; those of the original's three losses are the original's. */
const SHORT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LOSS_TERMS.map((term) => [weightKeyOf(term), term.short])),
  learning_rate: 'lr',
  batch_size: 'b',
  image_size: 'px',
  width: 'w',
  seed: 's',
  fea_layer_name: '',
};
/** A file name may be 255 bytes long; some of them are for what is put behind it. */
const LONGEST = 120;
/** Digits of a weight in units of 1e-4, which the division may have given more. */
const DIGITS = 6;
/** Digits of a number that a range gave, at least. */
const LEAST_DIGITS = 3;
/** Digits that tell any two numbers apart. */
const MOST_DIGITS = 17;

/** The identity loss is a sum over features: its weight is written in units of 1e-4, as the original does. */
function shownValue(key: string, value: SettingValue): string {
  if (key === 'fea_loss_weight' && typeof value === 'number' && value !== 0)
    return `${Number((value * 1e4).toPrecision(DIGITS))}e-4`;
  return Array.isArray(value) ? value.join('-') : String(value);
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/**
 * Numbers as names show them: rounded to as few digits as tell them apart; whole numbers stay whole.
 * @returns what stands for each
 */
export function shownNumbers(values: readonly number[]): ReadonlyMap<number, number> {
  const all = [...new Set(values)];
  for (let digits = LEAST_DIGITS; digits < MOST_DIGITS; digits++) {
    const shown = all.map((value) => (Number.isInteger(value) ? value : rounded(value, digits)));
    if (new Set(shown).size === all.length)
      return new Map(all.map((value, i) => [value, shown[i] ?? value]));
  }
  return new Map(all.map((value) => [value, value]));
}

/** The name of a run by the settings that differ between runs. */
export function runName(settings: Settings): string {
  const parts = Object.entries(settings).map(
    ([key, value]) => `${SHORT[key] ?? key}${shownValue(key, value)}`,
  );
  // names are folders: of paths and other texts only letters, digits and dots stay
  return parts.join('_').replace(/[^\w.+-]+/g, '-') || 'run';
}

/** The same names, each once and none too long; a number tells apart what would be alike. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const short = name.slice(0, LONGEST);
    let candidate = short;
    let n = 1;
    while (taken.has(candidate)) candidate = `${short}_${++n}`;
    taken.add(candidate);
    return candidate;
  });
}
