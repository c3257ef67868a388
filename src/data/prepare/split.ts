/** @file Which faces are held out for validation and for testing: whole people, or single pictures, with the same share of every group. */

import type { Random } from '../../statistics/random';
import type { Split } from '../lists';

/** What a split goes by. */
export interface Splittable {
  /** The picture that the face was cut out of: its faces stay together. */
  readonly original: string;
  readonly identity: string | null;
  readonly group: number;
  /** Its part, where the source says so. */
  readonly split?: Split | undefined;
}

/** `identity`: nobody in two parts; `image`: picture by picture, as the original's. */
export type SplitMode = 'identity' | 'image';

/** How often every unit is reconsidered, at most; two or three rounds settle it. */
const MOST_ROUNDS = 20;

/** Faces that go to the same part. */
interface Unit<T> {
  readonly members: T[];
  /** Members by group. */
  readonly counts: number[];
}

function toUnits<T extends Splittable>(
  records: readonly T[],
  groups: number,
  mode: SplitMode,
): Map<string, Unit<T>> {
  const units = new Map<string, Unit<T>>();
  for (const record of records) {
    const key =
      mode === 'identity' && record.identity !== null
        ? `person ${record.identity}`
        : `picture ${record.original}`;
    const unit = units.get(key) ?? { members: [], counts: new Array<number>(groups).fill(0) };
    unit.members.push(record);
    unit.counts[record.group] = (unit.counts[record.group] ?? 0) + 1;
    units.set(key, unit);
  }
  return units;
}

/** How far the counts of a part are from what is wanted: squared, relative to each group's size. */
function distance(held: readonly number[], wanted: readonly number[]): number {
  return held.reduce(
    (sum, count, group) =>
      sum + (count - (wanted[group] ?? 0)) ** 2 / Math.max(1, wanted[group] ?? 0),
    0,
  );
}

/** Units whose counts come as near to what is wanted as whole units allow, by hill climbing. */
function chooseUnits<T>(units: readonly Unit<T>[], wanted: readonly number[]): Set<Unit<T>> {
  const chosen = new Set<Unit<T>>();
  let counts = wanted.map(() => 0);
  // every unit in turn joins or leaves where that brings the counts nearer
  for (let round = 0, isChanged = true; isChanged && round < MOST_ROUNDS; round++) {
    isChanged = false;
    for (const unit of units) {
      const sign = chosen.has(unit) ? -1 : 1;
      const changed = counts.map((count, group) => count + sign * (unit.counts[group] ?? 0));
      if (distance(changed, wanted) >= distance(counts, wanted)) continue;
      if (sign === 1) chosen.add(unit);
      else chosen.delete(unit);
      counts = changed;
      isChanged = true;
    }
  }
  return chosen;
}

/** Shares of every group that are held out, each between 0 and 1. */
export interface HeldOutShares {
  readonly testShare: number;
  readonly validationShare: number;
}

/**
 * Assigns every face to a part; the shares of every group come as near to those asked for as whole units allow. The test part is the
 * same whatever the share for validation. Faces with a part of their own keep it.
 */
export function splitRecords<T extends Splittable>(
  records: readonly T[],
  groups: number,
  { testShare, validationShare }: HeldOutShares,
  mode: SplitMode,
  random: Random,
): Map<T, Split> {
  const split = new Map<T, Split>(
    records.flatMap((record) => (record.split ? [[record, record.split] as const] : [])),
  );
  const units = toUnits(
    records.filter((record) => !split.has(record)),
    groups,
    mode,
  );
  const all = Array.from({ length: groups }, (_, group) =>
    [...units.values()].reduce((sum, { counts }) => sum + (counts[group] ?? 0), 0),
  );
  const wanted = (share: number): number[] => all.map((count) => count * share);
  const order = random.shuffled([...units.keys()].sort()).map((key) => units.get(key) as Unit<T>);
  const test = chooseUnits(order, wanted(testShare));
  const others = order.filter((unit) => !test.has(unit));
  const valid = chooseUnits(others, wanted(validationShare));
  const partOf = (unit: Unit<T>): Split =>
    test.has(unit) ? 'test' : valid.has(unit) ? 'valid' : 'train';
  for (const unit of order) for (const record of unit.members) split.set(record, partOf(unit));
  return split;
}
