/** @file From examined pictures to the files of a data set: copies out, parts, lists, manifest, description. Pure. */

import { csvOf } from '../../files/csv';
import { ageGroupOf } from '../age-groups';
import { formatLabelPairs, formatList, LIST_FILES, SPLITS } from '../lists';
import type { LabelPair, Split } from '../lists';
import { formatManifest, MANIFEST_FILE } from '../manifest';
import type { ManifestEntry } from '../manifest';
import { createRandom } from '../../statistics/random';
import type { Random } from '../../statistics/random';
import { shownName } from '../sources/scan';
import type { FaceRecord, Rejection } from '../sources/source';
import { groupNamesOf } from '../dataset';
import { contentHashOf } from '../verify-dataset';
import type { DatasetDescription } from '../dataset';
import { findDuplicates } from './duplicates';
import type { Examined, ExaminedFace } from './examine';
import { splitRecords } from './split';
import type { HeldOutShares, SplitMode } from './split';

/** How lists are made of faces. */
export interface ListSettings extends HeldOutShares {
  readonly seed: number;
  readonly split: SplitMode;
  readonly ageBounds: readonly number[];
  /** Lines of train_label_pair.txt. */
  readonly pairs: number;
}

/** A face with what its source says of it. */
interface Face extends ExaminedFace {
  readonly record: FaceRecord;
  readonly original: string;
  readonly identity: string | null;
  readonly group: number;
  readonly split?: Split | undefined;
}

/** What a data set consists of. */
export interface Composition {
  readonly entries: readonly ManifestEntry[];
  readonly rejected: readonly Rejection[];
  /** Paths of crops that are copies of others, to be removed. */
  readonly dropped: readonly string[];
  /** Lists, manifest and rejects by file name. */
  readonly files: ReadonlyMap<string, string>;
  readonly counts: DatasetDescription['counts'];
  readonly people: DatasetDescription['people'];
  readonly contentHash: string;
}

/** Every ordered pair of different groups equally often, in random order. */
export function drawLabelPairs(groups: number, count: number, random: Random): LabelPair[] {
  const all = Array.from({ length: groups * groups }, (_, i): LabelPair => [
    Math.floor(i / groups),
    i % groups,
  ]).filter(([t, f]) => t !== f);
  return random.shuffled(Array.from({ length: count }, (_, i) => all[i % all.length] as LabelPair));
}

/** Of every group of copies the first stays; none stays where they contradict each other, since nobody can tell which is right. */
function rejectCopies(faces: readonly Face[]): {
  readonly kept: Face[];
  readonly copies: Map<Face, string>;
} {
  const copies = new Map<Face, string>();
  for (const alike of findDuplicates(faces)) {
    const [first, ...others] = alike as [Face, ...Face[]];
    const isOnePerson = new Set(alike.map(({ identity }) => identity)).size === 1;
    const isOneGroup = new Set(alike.map(({ group }) => group)).size === 1;
    if (isOnePerson && isOneGroup)
      for (const copy of others)
        copies.set(copy, `the same picture as ${shownName(first.original)}`);
    else {
      for (const face of alike) {
        const other =
          alike.find((one) => one.identity !== face.identity || one.group !== face.group) ?? first;
        copies.set(
          face,
          `the same picture as ${shownName(other.original)}, which is said to be of another ${isOnePerson ? 'age' : 'person'}`,
        );
      }
    }
  }
  return { kept: faces.filter((face) => !copies.has(face)), copies };
}

function countPeople(entries: readonly ManifestEntry[]): DatasetDescription['people'] {
  const partsOf = new Map<string, Set<Split>>();
  for (const { identity, split } of entries)
    if (identity !== null)
      partsOf.set(identity, (partsOf.get(identity) ?? new Set<Split>()).add(split));
  const parts = [...partsOf.values()];
  const inPart = (part: Split): number => parts.filter((own) => own.has(part)).length;
  return {
    train: inPart('train'),
    valid: inPart('valid'),
    test: inPart('test'),
    several: parts.filter(({ size }) => size > 1).length,
  };
}

function toEntry(face: Face, split: Split): ManifestEntry {
  const { path, original, identity, group, sha256, landmarks, quality, record } = face;
  return {
    path,
    ...(original === path ? {} : { original }),
    age: record.age,
    group,
    identity,
    ...(record.year === undefined ? {} : { year: record.year }),
    ...(record.gender === undefined ? {} : { gender: record.gender }),
    ...(record.race === undefined ? {} : { race: record.race }),
    split,
    sha256,
    landmarks: landmarks?.map(([x, y]) => [x, y]) ?? null,
    quality,
  };
}

/** The lists of all parts, and how many faces each group has in them. */
function composeLists(
  entries: readonly ManifestEntry[],
  groups: number,
): { files: Map<string, string>; counts: Record<Split, number[]> } {
  const files = new Map<string, string>();
  const counts: Record<Split, number[]> = { train: [], valid: [], test: [] };
  for (const part of SPLITS) {
    const lines = entries
      .filter(({ split }) => split === part)
      .map(({ path, group }) => ({ name: path, label: group }));
    files.set(LIST_FILES.sources(part), formatList(lines));
    for (let group = 0; group < groups; group++) {
      const members = lines.filter(({ label }) => label === group);
      counts[part].push(members.length);
      files.set(LIST_FILES.group(part, group), formatList(members));
    }
  }
  return { files, counts };
}

/** The faces of the records, and the records that were rejected when they were examined. */
function facesOf(
  records: readonly FaceRecord[],
  examined: ReadonlyMap<string, Examined>,
  ageBounds: readonly number[],
): { readonly faces: Face[]; readonly rejected: Rejection[] } {
  const rejected: Rejection[] = [];
  const faces: Face[] = [];
  for (const record of records) {
    const outcome = examined.get(record.name);
    if (!outcome) throw new Error(`prepare: ${record.name} was not examined`);
    const { name: original, identity, split } = record;
    const group = ageGroupOf(record.age, ageBounds);
    if ('reason' in outcome) rejected.push({ ...outcome, name: shownName(original) });
    else
      faces.push(
        ...outcome.faces.map((face) => ({ ...face, record, original, identity, split, group })),
      );
  }
  return { faces, rejected };
}

/** A photograph of which no face is kept is rejected as a copy. @param photographs those of which one is */
function rejectedCopies(
  photographs: ReadonlySet<string>,
  copies: ReadonlyMap<Face, string>,
): Rejection[] {
  const gone = new Map(
    [...copies]
      .filter(([{ original }]) => !photographs.has(original))
      .map(([face, text]) => [face.original, text]),
  );
  return [...gone].map(([original, detail]) => ({
    name: shownName(original),
    reason: 'duplicate',
    detail,
  }));
}

/**
 * Makes the files of a data set; the same for the same pictures and settings, in whatever order the pictures were examined.
 * @param records in the order of the source
 * @param turnedDown what the source itself rejected
 * @param examined by name; every record has one
 */
export function composeDataset(
  records: readonly FaceRecord[],
  turnedDown: readonly Rejection[],
  examined: ReadonlyMap<string, Examined>,
  settings: ListSettings,
): Composition {
  const { ageBounds, seed, split: mode, pairs } = settings;
  const groups = ageBounds.length + 1;
  const found = facesOf(records, examined, ageBounds);
  const { kept, copies } = rejectCopies(found.faces);
  const oblong = kept.filter((face) => face.oblong !== undefined).length;
  const photographs = new Set(kept.map(({ original }) => original));
  const rejected = [...turnedDown, ...found.rejected, ...rejectedCopies(photographs, copies)];

  const random = createRandom(seed);
  const parts = splitRecords(kept, groups, settings, mode, random);
  const entries = kept.map((face) => toEntry(face, parts.get(face) ?? 'train'));
  const { files, counts } = composeLists(entries, groups);
  files.set(LIST_FILES.pairs, formatLabelPairs(drawLabelPairs(groups, pairs, random)));
  files.set(MANIFEST_FILE, formatManifest(entries));
  const contentHash = contentHashOf(files);
  const turnedAway = rejected.map(({ name, reason, detail }) => [name, reason, detail]);
  files.set('rejected.csv', csvOf(['name', 'reason', 'detail'], turnedAway));
  return {
    entries,
    rejected,
    dropped: [...copies.keys()].map(({ path }) => path),
    files,
    counts: {
      scanned: photographs.size + rejected.length,
      kept: photographs.size,
      rejected: rejected.length,
      faces: entries.length,
      ...(oblong > 0 ? { oblong } : {}),
      ...counts,
    },
    people: countPeople(entries),
    contentHash,
  };
}

/** What a part of nothing means for those who use the data set. */
const EMPTY_PART: Readonly<Record<Split, string>> = {
  train: 'no picture is left to train on: hold out less',
  valid:
    'no picture is held out for validation: steps and networks will be chosen on the test part, unless you hold out more (--validation_share)',
  test: 'no picture is held out for testing: nothing can be evaluated, unless you hold out more (--test_share)',
};

/** One line each: empty parts, empty groups of others, people in several parts. */
export function warningsOf({
  counts,
  people,
  validation_share: validationShare,
  ...rest
}: DatasetDescription): string[] {
  const names = groupNamesOf(rest);
  const empty = SPLITS.flatMap((part) => {
    if (counts[part].every((count) => count === 0))
      // who asks for no validation part knows that there is none
      return part === 'valid' && validationShare === 0 ? [] : [EMPTY_PART[part]];
    return counts[part].flatMap((count, group) =>
      count === 0 ? [`group ${group} (${names[group] ?? ''}) has no ${part} picture`] : [],
    );
  });
  const { oblong = 0, faces } = counts;
  return [
    ...empty,
    ...(people.several > 0 ? [`${people.several} people are in more than one part`] : []),
    ...(oblong > 0
      ? [
          `${oblong} of ${faces} pictures are not square: training squeezes them into squares, as the original does, and faces get wider or narrower. Crop them first, or leave --aligned out`,
        ]
      : []),
  ];
}
