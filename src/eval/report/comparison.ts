/** @file Two or more evaluations of the same test faces: differences from the first, with their intervals. */

import { UserError } from '../../errors';
import { createRandom } from '../../statistics/random';
import { indexPeople } from '../../statistics/people';
import { drawPeople, estimate } from '../../statistics/bootstrap';
import type { Estimate } from '../../statistics/bootstrap';
import { frechetDifference } from './frechet-drawings';
import type { StoredRecord } from './record';

/** One figure of one report against the first's. */
export interface Difference {
  readonly report: string;
  readonly measure: string;
  readonly judge: string;
  /** Of the first report and of this one, on the pictures that both have. */
  readonly first: number;
  readonly this: number;
  readonly difference: Estimate;
}

/** A report by the name that it was asked for. */
export interface NamedRecord {
  readonly name: string;
  readonly record: StoredRecord;
}

const REPLICATES = 1000;
/** Of a set of pictures: it has no value a picture. */
export const FRECHET_MEASURE = 'Fréchet distance';
/** What can be compared of a picture; judges are those that both reports have. */
const MEASURES = ['verified', 'age error', 'in group'] as const;

type StoredItem = StoredRecord['items'][number];

const valueOf = (
  item: StoredItem,
  measure: (typeof MEASURES)[number],
  judge: number,
): number | null => {
  const values = {
    verified: item.isVerified,
    'age error': item.ageError,
    'in group': item.isInGroup,
  }[measure];
  const value = values[judge];
  return value === null || value === undefined ? null : Number(value);
};

const keyOf = ({ source, group }: StoredItem): string => `${group} ${source}`;

type StoredJudge = StoredRecord['judges'][number];

/** What of a judge's opinions was scored by another references in two reports, and how it differs. */
function differingReferences(
  first: StoredJudge,
  other: StoredJudge,
): Partial<Record<(typeof MEASURES)[number], string>> {
  const threshold = first.threshold?.distance;
  const own = other.threshold?.distance;
  const [ages, ownAges] = [first, other].map(({ real_ages }) =>
    real_ages?.map(({ mean }) => mean?.value.toFixed(2) ?? '–').join(', '),
  );
  return {
    ...(threshold === own
      ? {}
      : { verified: `threshold ${threshold ?? 'none'} there, ${own ?? 'none'} here` }),
    ...(ages === ownAges
      ? {}
      : {
          'age error': `mean ages of real photographs ${ages ?? 'none'} there, ${ownAges ?? 'none'} here`,
        }),
  };
}

const matchOf = ({ name, version }: StoredJudge, { judges }: StoredRecord): number =>
  judges.findIndex((candidate) => candidate.name === name && candidate.version === version);

/** A line for each measure that two reports cannot be compared in, since they scored it by other real photographs or thresholds. */
export function leftOut([first, ...others]: readonly NamedRecord[]): string[] {
  return others.flatMap(({ name, record }) =>
    (first?.record.judges ?? []).flatMap((judge) => {
      const own = record.judges[matchOf(judge, record)];
      const reasons = own ? Object.entries(differingReferences(judge, own)) : [];
      return reasons.map(
        ([measure, reason]) => `${name}: ${measure} (${judge.name}) is not compared: ${reason}`,
      );
    }),
  );
}

function differencesOf(
  first: StoredRecord,
  other: StoredRecord,
  name: string,
  seed: number,
): Difference[] {
  const own = new Map(other.items.map((item) => [keyOf(item), item]));
  const pairs = first.items.flatMap((item) => {
    const match = own.get(keyOf(item));
    return match ? [[item, match] as const] : [];
  });
  if (pairs.length === 0 || first.data.content_hash !== other.data.content_hash)
    throw new UserError(
      `--compare: expected reports on the same test faces, got ${first.data.directory} and ${other.data.directory}. Evaluate both on one --data with one --seed.`,
    );
  const people = indexPeople(pairs.map(([item]) => item.person));
  const draws = drawPeople(people.size, REPLICATES, createRandom(seed));
  const of = (
    measure: string,
    judge: string,
    value: (item: StoredItem, which: 0 | 1) => number | null,
  ): Difference[] => {
    const kept = pairs.flatMap(([a, b]) => {
      const left = value(a, 0);
      const right = value(b, 1);
      return left === null || right === null
        ? []
        : [{ left, right, person: people.indexOf(a.person) }];
    });
    if (kept.length === 0) return [];
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, one) => sum + one, 0) / values.length;
    const difference = estimate(
      kept.map(({ left, right }) => right - left),
      kept.map(({ person }) => person),
      draws,
    );
    return [
      {
        report: name,
        measure,
        judge,
        first: mean(kept.map(({ left }) => left)),
        this: mean(kept.map(({ right }) => right)),
        difference,
      },
    ];
  };
  const judged = first.judges.flatMap((judge, j) => {
    const k = matchOf(judge, other);
    const own = other.judges[k];
    if (!own) return [];
    const differing = differingReferences(judge, own);
    return MEASURES.filter((measure) => !(measure in differing)).flatMap((measure) =>
      of(measure, judge.name, (item, which) => valueOf(item, measure, which === 0 ? j : k)),
    );
  });
  const distance = frechetDifference(first, other);
  return [
    ...judged,
    ...of('face found', '', (item) => Number(item.isFound)),
    ...of('sharpness', '', (item) => item.sharpness),
    ...(distance ? [{ report: name, measure: FRECHET_MEASURE, ...distance }] : []),
  ];
}

/**
 * Differences of every report from the first, on the pictures that both have; people are drawn again in pairs. The Fréchet distance's is
 * there where all pictures and drawings are the same; what was scored by another references is left out ({@link leftOut}).
 * @throws UserError where they share no picture
 */
export function compareRecords(records: readonly NamedRecord[], seed: number): Difference[] {
  const [first, ...others] = records;
  if (!first || others.length === 0)
    throw new UserError(
      `--compare: expected two or more reports, got ${records.length}. For example: ipcgan evaluate --compare A B`,
    );
  return others.flatMap(({ name, record }) => differencesOf(first.record, record, name, seed));
}
