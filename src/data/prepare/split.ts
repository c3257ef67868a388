/** @file Which faces are held out: whole people where they are known, single pictures where not. */

import type { Random } from '../random';
import type { FaceRecord } from '../sources/source';
import type { Split } from '../lists';

/** Assigns every record to a half; nobody whom the source names is in both. */
export function splitRecords(records: readonly FaceRecord[], testShare: number, random: Random): Map<FaceRecord, Split> {
  const units = new Map<string, FaceRecord[]>();
  for (const record of records) {
    const unit = record.identity === null ? `picture ${record.name}` : `person ${record.identity}`;
    units.set(unit, [...(units.get(unit) ?? []), record]);
  }
  const wanted = records.length * testShare;
  const split = new Map<FaceRecord, Split>();
  let held = 0;
  for (const unit of random.shuffled([...units.keys()].sort())) {
    const members = units.get(unit) ?? [];
    // a whole unit goes in as long as that brings the share nearer to what is wanted
    const isHeld = Math.abs(held + members.length - wanted) < Math.abs(held - wanted) && held < wanted;
    if (isHeld) held += members.length;
    for (const record of members) split.set(record, isHeld ? 'test' : 'train');
  }
  return split;
}
