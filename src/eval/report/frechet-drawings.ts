/** @file What a comparison needs of a Fréchet distance: its value in every drawing of people, and a mark of what was drawn from. */

import { z } from 'zod';
import { sha256Of } from '../../files/digest';
import type { GeneratorScores } from '../evaluate-generator';
import { FRECHET_REPLICATES, spreadAround } from '../../statistics/frechet';
import type { Estimate } from '../../statistics/bootstrap';
import type { Benchmark } from '../benchmark';

/** As evaluation.json has it: a hundred numbers, about 2 kB. */
export const storedDrawings = z.object({
  /** In whose descriptors. */
  judge: z.string(),
  /** Hash of judge, test faces, real photographs and the drawings of people: equal where drawing i is the same in two reports. */
  basis: z.string(),
  /** The distance in every drawing; NaN, in JSON null, where a drawing does not tell. */
  values: z.array(
    z
      .number()
      .nullable()
      .transform((value) => value ?? NaN),
  ),
});

export type FrechetDrawings = z.infer<typeof storedDrawings>;

/** Of a generator that was tried; null where no distance is known. */
export function frechetDrawings(
  { panel, context, sources, real }: Benchmark,
  { frechetReplicates }: GeneratorScores,
): FrechetDrawings | null {
  const judge = panel.judges[context.space?.judge ?? -1];
  if (!judge || !frechetReplicates) return null;
  const drawn = [
    [judge.name, judge.version],
    sources.map(({ name, person }) => [name, person]),
    real.map(({ entry }) => [entry.group, entry.sha256]),
    context.draws.slice(0, FRECHET_REPLICATES).map((counts) => [...counts]),
  ];
  return {
    judge: judge.name,
    basis: sha256Of(JSON.stringify(drawn)),
    values: [...frechetReplicates],
  };
}

/** What of a record tells its distance. */
interface Told {
  readonly figures: Readonly<Record<string, Estimate>>;
  readonly frechet_drawings: FrechetDrawings | null;
}

/** A distance and another one less it, drawing by drawing; null where they were not drawn from the same. */
export function frechetDifference(
  first: Told,
  other: Told,
): {
  readonly judge: string;
  readonly first: number;
  readonly this: number;
  readonly difference: Estimate;
} | null {
  const [left, right] = [first, other].map(({ figures }) => figures.descriptor_frechet);
  const drawn = first.frechet_drawings;
  const own = other.frechet_drawings;
  if (!left || !right || !drawn || drawn.basis !== own?.basis) return null;
  const replicates = own.values.map((value, i) => value - (drawn.values[i] ?? NaN));
  return {
    judge: own.judge,
    first: left.value,
    this: right.value,
    difference: spreadAround(right.value - left.value, replicates, right.n),
  };
}
