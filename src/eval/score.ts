/** @file What is measured of one picture that should show somebody at an age group, and of many. */

import { judgedGroup } from './age-accuracy';
import type { Opinion } from './judges/judge';
import type { Observation } from './judges/panel';
import { estimate, intervalOf, weightedMean, weightedMedian } from '../statistics/bootstrap';
import type { Estimate } from '../statistics/bootstrap';
import { distanceBetween } from '../statistics/pair-distances';
import type { PersonIndex } from '../statistics/people';

/** One picture, judged. Arrays have an entry for each judge of the panel; null for what a judge does not judge. */
export interface Item {
  /** Name of the input in the data set. */
  readonly source: string;
  readonly person: string;
  /** Target group. */
  readonly group: number;
  readonly isFound: boolean;
  readonly sharpness: number;
  /** Between input and picture; Infinity without a face. */
  readonly distance: readonly (number | null)[];
  readonly isVerified: readonly (boolean | null)[];
  /** Mean distance to the person's real photographs of the group; null where there is none. */
  readonly toReal: readonly (number | null)[];
  /** Estimated years; null without a face. */
  readonly age: readonly (number | null)[];
  /** Years from the mean estimate of the group's real photographs. */
  readonly ageError: readonly (number | null)[];
  readonly isInGroup: readonly (boolean | null)[];
}

/** What pictures are held against. */
export interface References {
  /** Largest distance of one person, by judge; null for judges of age alone. */
  readonly thresholds: readonly (number | null)[];
  /** Mean estimated age of real photographs, [judge][group]; null where unknown. */
  readonly groupMeans: readonly (readonly (number | null)[])[];
  readonly ageBounds: readonly number[];
  /** By judge: whether it judges ages. */
  readonly judgesAge: readonly boolean[];
}

/** An input, as the judges see it. */
export interface Source {
  readonly name: string;
  readonly person: string;
  readonly observation: Observation;
  /** The person's other real photographs, by group. */
  readonly real: ReadonlyMap<number, readonly Observation[]>;
}

/** Ages are measured where real photographs of so many groups are known. */
const FEWEST_GROUPS = 2;

/** A picture without a face is as far from the group's mean as the farthest group's mean is: as wrong as a picture can be by much. */
function worstError(means: readonly (number | null)[], group: number): number | null {
  const target = means[group] ?? null;
  if (target === null) return null;
  return Math.max(...means.map((mean) => Math.abs((mean ?? target) - target)));
}

function ageErrorOf(
  opinion: Opinion | undefined,
  isFound: boolean,
  means: readonly (number | null)[],
  group: number,
): number | null {
  const target = means[group] ?? null;
  // with one group known a failure could not be told from a success: ages are not measured then
  if (target === null || means.filter((mean) => mean !== null).length < FEWEST_GROUPS) return null;
  return isFound && opinion?.age != null
    ? Math.abs(opinion.age - target)
    : worstError(means, group);
}

/** Judges one picture of `source` at `group`. */
export function scoreItem(
  source: Source,
  group: number,
  observation: Observation,
  references: References,
): Item {
  const { isFound, sharpness, opinions } = observation;
  const between = (a: Opinion | undefined, b: Opinion | undefined): number =>
    a?.embedding && b?.embedding ? distanceBetween(a.embedding, b.embedding) : Infinity;
  const distance = references.thresholds.map((threshold, j) =>
    threshold === null
      ? null
      : isFound
        ? between(opinions[j], source.observation.opinions[j])
        : Infinity,
  );
  const real = source.real.get(group) ?? [];
  return {
    source: source.name,
    person: source.person,
    group,
    isFound,
    sharpness,
    distance,
    isVerified: distance.map((value, j) => {
      const threshold = references.thresholds[j] ?? null;
      return value === null || threshold === null ? null : value <= threshold;
    }),
    toReal: distance.map((value, j) => {
      if (value === null || real.length === 0) return null;
      return isFound
        ? real.reduce((sum, other) => sum + between(opinions[j], other.opinions[j]), 0) /
            real.length
        : Infinity;
    }),
    age: references.judgesAge.map((judges, j) =>
      judges && isFound ? (opinions[j]?.age ?? null) : null,
    ),
    ageError: references.groupMeans.map((means, j) =>
      references.judgesAge[j] ? ageErrorOf(opinions[j], isFound, means, group) : null,
    ),
    isInGroup: references.judgesAge.map((judges, j) =>
      judges ? isFound && judgedGroup(opinions[j], references.ageBounds) === group : null,
    ),
  };
}

/** Figures of many pictures; each null where nothing tells. Arrays by judge. */
export interface Score {
  readonly pictures: number;
  readonly people: number;
  readonly verified: readonly (Estimate | null)[];
  /** Medians. */
  readonly distance: readonly (Estimate | null)[];
  readonly toReal: readonly (Estimate | null)[];
  /** Mean years, of pictures with a face. */
  readonly age: readonly (Estimate | null)[];
  readonly ageError: readonly (Estimate | null)[];
  readonly inGroup: readonly (Estimate | null)[];
  readonly sharpness: Estimate | null;
  readonly found: Estimate | null;
}

/** What is drawn again for the intervals of figures. */
export interface Drawings {
  /** As the draws count people. */
  readonly personIndex: PersonIndex;
  readonly draws: readonly Uint16Array[];
  /** [judge][replicate] of its threshold; empty where the threshold has no uncertainty. */
  readonly thresholdDraws: readonly (readonly number[])[];
}

/**
 * Whether a judge counts a picture as the input's person, 1 or 0; null where it judges no people.
 * @param replicate of people, which goes with one of the threshold's, in turn; null for the threshold itself
 */
export function verifiedAt(
  { distance, isVerified }: Item,
  judge: number,
  { thresholdDraws }: Drawings,
  replicate: number | null,
): number | null {
  const own = isVerified[judge] ?? null;
  if (own === null) return null;
  const drawn = thresholdDraws[judge] ?? [];
  // both are drawn independently of each other: any order pairs them as well as another
  const threshold = replicate === null ? undefined : drawn[replicate % drawn.length];
  return Number(threshold === undefined ? own : (distance[judge] ?? Infinity) <= threshold);
}

/** Share of verified pictures; its interval holds what other people and what another calibration would have changed. */
function verifiedShare(items: readonly Item[], judge: number, drawings: Drawings): Estimate | null {
  const { personIndex, draws } = drawings;
  const judged = items.filter(({ isVerified }) => isVerified[judge] != null);
  if (judged.length === 0) return null;
  const people = judged.map(({ person }) => personIndex.indexOf(person));
  const shareAt = (counts: ArrayLike<number>, replicate: number | null): number =>
    weightedMean(
      judged.map((item) => verifiedAt(item, judge, drawings, replicate) ?? NaN),
      people,
      counts,
    );
  return {
    value: shareAt(new Uint16Array(personIndex.size).fill(1), null),
    ...intervalOf(draws.map(shareAt)),
    n: judged.length,
  };
}

/** Figures with intervals over people. @throws Error for a picture of somebody whom the draws do not count */
export function scoreItems(items: readonly Item[], drawings: Drawings): Score {
  const { personIndex, draws } = drawings;
  const people = items.map(({ person }) => personIndex.indexOf(person));
  const of = (
    value: (item: Item) => number | boolean | null | undefined,
    figure?: typeof weightedMedian,
  ): Estimate | null => {
    const kept = items.flatMap((item) => {
      const found = value(item);
      return found === null || found === undefined
        ? []
        : [{ value: Number(found), person: personIndex.indexOf(item.person) }];
    });
    if (kept.length === 0) return null;
    return estimate(
      kept.map((one) => one.value),
      kept.map((one) => one.person),
      draws,
      figure,
    );
  };
  const byJudge = (
    value: (item: Item, judge: number) => number | boolean | null | undefined,
    figure?: typeof weightedMedian,
  ): (Estimate | null)[] =>
    (items[0]?.distance ?? []).map((_, judge) => of((item) => value(item, judge), figure));
  return {
    pictures: items.length,
    people: new Set(people).size,
    verified: (items[0]?.distance ?? []).map((_, judge) => verifiedShare(items, judge, drawings)),
    distance: byJudge((item, j) => item.distance[j], weightedMedian),
    toReal: byJudge((item, j) => item.toReal[j], weightedMedian),
    age: byJudge((item, j) => item.age[j]),
    ageError: byJudge((item, j) => item.ageError[j]),
    inGroup: byJudge((item, j) => item.isInGroup[j]),
    sharpness: of((item) => item.sharpness),
    found: of((item) => item.isFound),
  };
}
