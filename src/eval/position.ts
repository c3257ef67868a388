/** @file Where a model stands between the baselines: the copied input keeps the person, a stranger's real photograph has the age. */

import type { Judge } from './judges/judge';
import { verifiedAt } from './score';
import type { Drawings, Item } from './score';
import { intervalOf, weightedMean } from '../statistics/bootstrap';
import type { Estimate } from '../statistics/bootstrap';

/** 0 is the worse baseline, 1 the better one; null where a baseline is not there, or the better one is not better than the worse. */
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
  readonly worse: readonly Item[];
  readonly better: readonly Item[];
  readonly model: readonly Item[];
}

/** What is measured of a picture, and which way is better. */
interface Measure {
  /** Null where nothing is known. @param replicate of the drawing; null for the figure itself */
  readonly of: (item: Item, replicate: number | null) => number | null;
  readonly better: 'higher' | 'lower';
}

/** A figure of people that are drawn so often, in a drawing; null for everybody once. NaN where it is not defined. */
type Figure = (counts: ArrayLike<number>, replicate: number | null) => number;

/** A share of the way between two baselines; null where one of the three is not known, NaN where the better one is not the better. */
function between({ of, better }: Measure, sides: Sides, { personIndex }: Drawings): Figure | null {
  const known = (items: readonly Item[]): Item[] => items.filter((item) => of(item, null) !== null);
  const worse = known(sides.worse);
  const model = known(sides.model);
  const best = known(sides.better);
  if ([worse, model, best].some(({ length }) => length === 0)) return null;
  const meanOf = (items: readonly Item[]): Figure => {
    const people = items.map(({ person }) => personIndex.indexOf(person));
    return (counts, replicate) =>
      weightedMean(
        items.map((item) => of(item, replicate) ?? NaN),
        people,
        counts,
      );
  };
  const worseMean = meanOf(worse);
  const modelMean = meanOf(model);
  const bestMean = meanOf(best);
  return (counts, replicate) => {
    const low = worseMean(counts, replicate);
    const high = bestMean(counts, replicate);
    const isOrdered = better === 'higher' ? high > low : high < low;
    return isOrdered ? (modelMean(counts, replicate) - low) / (high - low) : NaN;
  };
}

function harmonicMean(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  const x = Math.min(1, Math.max(0, a));
  const y = Math.min(1, Math.max(0, b));
  return x + y === 0 ? 0 : (2 * x * y) / (x + y);
}

/**
 * A place with its interval; null where the baselines coincide or are in the wrong order, so that there is no between. Drawings in which
 * they are say nothing of the place, and are left out of the interval.
 */
function placed(
  figure: Figure | null,
  { personIndex, draws }: Drawings,
  n: number,
): Estimate | null {
  const value = figure?.(new Uint16Array(personIndex.size).fill(1), null) ?? NaN;
  if (!figure || !Number.isFinite(value)) return null;
  return { value, ...intervalOf(draws.map(figure).filter(Number.isFinite)), n };
}

/** By the first judge of people and the first judge of years. @throws Error for a picture of somebody whom the draws do not count */
export function positionOf(
  judges: readonly Pick<Judge, 'identity' | 'age'>[],
  model: readonly Item[],
  { copy, randomReal }: { readonly copy: readonly Item[]; readonly randomReal: readonly Item[] },
  drawings: Drawings,
): Position {
  const people = judges.findIndex(({ identity }) => identity !== null);
  const years = judges.findIndex(({ age }) => age === 'years');
  const identity = between(
    { of: (item, replicate) => verifiedAt(item, people, drawings, replicate), better: 'higher' },
    { worse: randomReal, better: copy, model },
    drawings,
  );
  const age = between(
    { of: (item) => item.ageError[years] ?? null, better: 'lower' },
    { worse: copy, better: randomReal, model },
    drawings,
  );
  const both: Figure | null =
    identity &&
    age &&
    ((counts, replicate) => harmonicMean(identity(counts, replicate), age(counts, replicate)));
  return {
    identity: placed(identity, drawings, model.length),
    age: placed(age, drawings, model.length),
    overall: placed(both, drawings, model.length),
  };
}
