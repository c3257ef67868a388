/** @file What is measured of one picture that should show somebody at an age group, and of many. */

import { judgedGroup } from './age-accuracy';
import type { Opinion } from './judges/judge';
import type { Observation } from './judges/panel';
import { estimate, weightedMedian } from '../statistics/bootstrap';
import type { Estimate } from '../statistics/bootstrap';
import { distanceBetween } from '../statistics/pair-distances';

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
    isVerified: distance.map((value, j) =>
      value === null ? null : value <= (references.thresholds[j] ?? -1),
    ),
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

/**
 * Figures with intervals over people.
 * @param personIndex of every person, as the draws count them
 */
export function scoreItems(
  items: readonly Item[],
  personIndex: ReadonlyMap<string, number>,
  draws: readonly Uint16Array[],
): Score {
  const people = items.map(({ person }) => personIndex.get(person) ?? 0);
  const of = (
    value: (item: Item) => number | boolean | null | undefined,
    figure?: typeof weightedMedian,
  ): Estimate | null => {
    const kept = items.flatMap((item, i) => {
      const found = value(item);
      return found === null || found === undefined
        ? []
        : [{ value: Number(found), person: people[i] ?? 0 }];
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
    verified: byJudge((item, j) => item.isVerified[j]),
    distance: byJudge((item, j) => item.distance[j], weightedMedian),
    toReal: byJudge((item, j) => item.toReal[j], weightedMedian),
    age: byJudge((item, j) => item.age[j]),
    ageError: byJudge((item, j) => item.ageError[j]),
    inGroup: byJudge((item, j) => item.isInGroup[j]),
    sharpness: of((item) => item.sharpness),
    found: of((item) => item.isFound),
  };
}
