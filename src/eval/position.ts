/** @file Where a model stands between the baselines: the copied input keeps the person, a stranger's real photograph has the age. */

import type { Judge } from './judges/judge';
import type { ScoringContext } from './rows';
import type { Item } from './score';
import { intervalOf, weightedMean } from '../statistics/bootstrap';
import type { Estimate } from '../statistics/bootstrap';

/** 0 is the worse baseline, 1 the better one. */
export interface Position {
  /** From somebody else's photograph (0) to the copied input (1), in verification. */
  readonly identity: Estimate | null;
  /** From the copied input (0) to real photographs of the group (1), in years of error. */
  readonly age: Estimate | null;
  /** Harmonic mean of both, each cut to 0..1: what the best step has most of. */
  readonly overall: Estimate | null;
}

/** Pictures at the two ends, and those to be placed. */
interface Sides {
  readonly from: readonly Item[];
  readonly to: readonly Item[];
  readonly model: readonly Item[];
}

/** A figure of people that are drawn so often. */
type Figure = (counts: ArrayLike<number>) => number;

/** A share of the way between two baselines; null where one of the three is not known. */
function between(
  value: (item: Item) => number | null,
  { from, to, model }: Sides,
  { personIndex }: ScoringContext,
): Figure | null {
  const sides = [from, model, to].map((items) => {
    const kept = items.flatMap((item) => {
      const found = value(item);
      return found === null ? [] : [{ value: found, person: personIndex.get(item.person) ?? 0 }];
    });
    return { values: kept.map((one) => one.value), people: kept.map(({ person }) => person) };
  });
  if (sides.some(({ values }) => values.length === 0)) return null;
  return (counts) => {
    const [low = NaN, middle = NaN, high = NaN] = sides.map(({ values, people }) =>
      weightedMean(values, people, counts),
    );
    return (middle - low) / (high - low);
  };
}

function harmonicMean(a: number, b: number): number {
  const [x, y] = [a, b].map((value) => Math.min(1, Math.max(0, value))) as [number, number];
  return x + y === 0 ? 0 : (2 * x * y) / (x + y);
}

/** Null where the baselines coincide, so that there is no between. */
function placed(
  figure: Figure | null,
  { personIndex, draws }: ScoringContext,
  n: number,
): Estimate | null {
  const value = figure?.(new Uint16Array(personIndex.size).fill(1)) ?? NaN;
  if (!figure || !Number.isFinite(value)) return null;
  return { value, ...intervalOf(draws.map(figure).filter(Number.isFinite)), n };
}

/** By the first judge of people and the first judge of years. */
export function positionOf(
  judges: readonly Judge[],
  model: readonly Item[],
  { copy, randomReal }: { readonly copy: readonly Item[]; readonly randomReal: readonly Item[] },
  context: ScoringContext,
): Position {
  const people = judges.findIndex(({ identity }) => identity !== null);
  const years = judges.findIndex(({ age }) => age === 'years');
  const verified = (item: Item): number | null =>
    item.isVerified[people] == null ? null : Number(item.isVerified[people]);
  const error = (item: Item): number | null => item.ageError[years] ?? null;
  const identity = between(verified, { from: randomReal, to: copy, model }, context);
  const age = between(error, { from: copy, to: randomReal, model }, context);
  const both: Figure | null =
    identity && age && ((counts) => harmonicMean(identity(counts), age(counts)));
  const [placedIdentity, placedAge] = [identity, age].map((figure) =>
    placed(figure, context, model.length),
  ) as [Estimate | null, Estimate | null];
  return {
    identity: placedIdentity,
    age: placedAge,
    overall: placedIdentity && placedAge && placed(both, context, model.length),
  };
}
