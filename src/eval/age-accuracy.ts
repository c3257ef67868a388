/** @file How old a group's real photographs look to an age network, and how wrong it is about them: the references of aged faces. */

import { ageGroupOf } from '../data/age-groups';
import { estimate } from '../statistics/bootstrap';
import type { Estimate } from '../statistics/bootstrap';
import { indexPeople } from '../statistics/people';
import type { RealFace } from './test-set';

/** What one judge says of a group's real photographs. */
export interface GroupAges {
  readonly photographs: number;
  /** Mean estimated age in years; null for a judge of groups, or where no photograph has a face. */
  readonly mean: Estimate | null;
  /** Mean of |estimated − true| years, and of estimated − true. */
  readonly error: Estimate | null;
  readonly bias: Estimate | null;
  /** Share put into the right group; a photograph without a face counts as wrong. */
  readonly inGroup: Estimate | null;
}

/** The group that an opinion stands for; null where there is none. */
export function judgedGroup(
  opinion: { readonly age: number | null; readonly group: number | null } | undefined,
  bounds: readonly number[],
): number | null {
  if (!opinion) return null;
  return opinion.group ?? (opinion.age === null ? null : ageGroupOf(opinion.age, bounds));
}

/**
 * One judge's view of a group.
 * @param judge its index in the panel
 * @param draws of the people of exactly these faces, in order of appearance
 */
export function groupAges(
  faces: readonly RealFace[],
  group: number,
  judge: number,
  bounds: readonly number[],
  drawn: (people: number) => Uint16Array[],
): GroupAges {
  const people = indexPeople(faces.map(({ person }) => person));
  const draws = drawn(people.size);
  const figures = faces.map(({ entry, person, observation }) => {
    const opinion = observation.isFound ? observation.opinions[judge] : undefined;
    return {
      person: people.indexOf(person),
      age: opinion?.age ?? null,
      error: opinion?.age == null ? null : opinion.age - entry.age,
      isRight: judgedGroup(opinion, bounds) === group,
    };
  });
  const of = (figureOf: (figure: (typeof figures)[number]) => number | null): Estimate | null => {
    const kept = figures.flatMap((figure) => {
      const value = figureOf(figure);
      return value === null ? [] : [{ value, person: figure.person }];
    });
    if (kept.length === 0) return null;
    return estimate(
      kept.map(({ value }) => value),
      kept.map(({ person }) => person),
      draws,
    );
  };
  return {
    photographs: faces.length,
    mean: of(({ age }) => age),
    error: of(({ error }) => (error === null ? null : Math.abs(error))),
    bias: of(({ error }) => error),
    inGroup: of(({ isRight }) => Number(isRight)),
  };
}
