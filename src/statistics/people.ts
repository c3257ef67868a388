/** @file People as numbers: draws count them by index, and nobody unknown is taken for somebody else. */

/** People by name, each with an index of its own from 0. */
export interface PersonIndex {
  /** How many there are. */
  readonly size: number;
  /** The index of a person. @throws Error for somebody who is not among them */
  indexOf(person: string): number;
}

/** Indices of all different people, in order of appearance. */
export function indexPeople(people: readonly string[]): PersonIndex {
  const indices = new Map<string, number>();
  for (const person of people) if (!indices.has(person)) indices.set(person, indices.size);
  return {
    size: indices.size,
    indexOf: (person) => {
      const index = indices.get(person);
      if (index === undefined)
        throw new Error(
          `people: expected one of ${indices.size} known ones, got ${JSON.stringify(person)}`,
        );
      return index;
    },
  };
}

/** How often a draw has the person with this index. @throws Error for a person whom the draw does not count */
export function timesDrawn(counts: ArrayLike<number>, person: number | undefined): number {
  const times = person === undefined ? undefined : counts[person];
  if (times === undefined)
    throw new Error(
      `people: expected an index below ${counts.length}, got ${String(person)} of a person who was not drawn from`,
    );
  return times;
}
