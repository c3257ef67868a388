/** @file What there is to examine of a source: the pictures that are not turned down unread, and whose part each is. */

import { realPathOf } from '../../files/real-path';
import { shownName } from '../sources/scan';
import type { FaceList, FaceRecord, FaceSource, Rejection } from '../sources/source';
import { readJournals } from './journal';
import type { JournalSettings } from './journal';
import type { Shard } from '../shard';
import type { PrepareSettings } from './prepare-dataset';

/** What decides how a single picture is examined: the same in all journals of a data set. */
export const journalSettings = (
  { kind, isTight, rootFolder }: FaceSource,
  settings: PrepareSettings,
): JournalSettings => ({
  kind,
  images: realPathOf(rootFolder),
  tight: isTight,
  aligned: settings.isAligned,
  face: settings.face,
  min_face: settings.minFace,
  min_sharpness: settings.minSharpness,
});

/** Ages outside the range, and names that a list line cannot hold where the pictures stay under them, are turned down unread. */
export function turnDown(
  { records, rejected }: FaceList,
  { ageRange: [youngest, oldest], isAligned }: PrepareSettings,
): FaceList {
  const reject = ({ name, age, rawName }: FaceRecord): Rejection | null => {
    if (age < youngest || age > oldest)
      return {
        name: shownName(name),
        reason: 'age',
        detail: `${age}, outside ${youngest}-${oldest}`,
      };
    if (isAligned && (rawName !== undefined || shownName(name) !== name))
      return {
        name: shownName(name),
        reason: 'name',
        detail: 'a list line cannot hold it: control characters or no UTF-8',
      };
    return null;
  };
  const kept: FaceRecord[] = [];
  const turned: Rejection[] = [];
  for (const record of records) {
    const rejection = reject(record);
    if (rejection) turned.push(rejection);
    else kept.push(record);
  }
  return { records: kept, rejected: [...rejected, ...turned] };
}

/** Number, from 1, of the shard whose part the picture at a place of the list is. */
const shardOf = (place: number, count: number): number => (place % count) + 1;

/** A shard's part of the list; all of it without one. */
export const partOf = (
  records: readonly FaceRecord[],
  shard: Shard | null,
): readonly FaceRecord[] =>
  shard === null
    ? records
    : records.filter((_, place) => shardOf(place, shard.count) === shard.index);

/** Numbers of the shards, of `count`, that have pictures left to examine. */
export async function openShards(
  source: FaceSource,
  settings: PrepareSettings,
  count: number,
): Promise<number[]> {
  const { records } = turnDown(await source.list(), settings);
  const examined = await readJournals(settings.out, journalSettings(source, settings));
  const open = records.flatMap(({ name }, place) =>
    examined.has(name) ? [] : [shardOf(place, count)],
  );
  return [...new Set(open)].sort((a, b) => a - b);
}
