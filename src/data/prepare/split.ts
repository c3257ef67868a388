/** @file Which faces are held out: whole people, or single pictures, with the same share of every group. */

import type { Random } from '../../statistics/random';
import type { Split } from '../lists';

/** What a split goes by. */
export interface Splittable {
  /** The picture that the face was cut out of: its faces stay together. */
  readonly original: string;
  readonly identity: string | null;
  readonly group: number;
  /** Given by the source, where it says so. */
  readonly split?: Split | undefined;
}

/** `identity`: nobody in both halves; `image`: picture by picture, as the original's. */
export type SplitMode = 'identity' | 'image';

/** How often every unit is reconsidered, at most; two or three rounds settle it. */
const MOST_ROUNDS = 20;

/** Faces that go to the same half. */
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

/** How far the held-out counts are from what is wanted: squared, relative to each group's size. */
function distance(held: readonly number[], wanted: readonly number[]): number {
  return held.reduce(
    (sum, count, group) =>
      sum + (count - (wanted[group] ?? 0)) ** 2 / Math.max(1, wanted[group] ?? 0),
    0,
  );
}

/**
 * Assigns every face to a half; the held-out share of every group comes as near to `testShare` as whole units allow.
 * Faces with a half of their own keep it.
 */
export function splitRecords<T extends Splittable>(
  records: readonly T[],
  groups: number,
  testShare: number,
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
  const wanted = new Array<number>(groups).fill(0);
  for (const { counts } of units.values())
    counts.forEach((count, group) => (wanted[group] = (wanted[group] ?? 0) + count * testShare));
  const order = random.shuffled([...units.keys()].sort()).map((key) => units.get(key) as Unit<T>);
  const held = new Set<Unit<T>>();
  let counts = new Array<number>(groups).fill(0);
  // hill climbing: every unit in turn changes its half where that brings the shares nearer
  for (let round = 0, isChanged = true; isChanged && round < MOST_ROUNDS; round++) {
    isChanged = false;
    for (const unit of order) {
      const sign = held.has(unit) ? -1 : 1;
      const changed = counts.map((count, group) => count + sign * (unit.counts[group] ?? 0));
      if (distance(changed, wanted) >= distance(counts, wanted)) continue;
      if (sign === 1) held.add(unit);
      else held.delete(unit);
      counts = changed;
      isChanged = true;
    }
  }
  for (const unit of order)
    for (const record of unit.members) split.set(record, held.has(unit) ? 'test' : 'train');
  return split;
}
