/** @file How far pictures are, as a set, from real photographs of a group: Fréchet distances in the space of a judge's descriptors. */

import type { Observation } from './judges/panel';
import {
  FRECHET_REPLICATES,
  frechetDistances,
  frechetEstimate,
  frechetTarget,
  gaussianOf,
} from '../statistics/frechet';
import type { FrechetTarget } from '../statistics/frechet';
import type { Estimate } from '../statistics/bootstrap';
import { timesDrawn } from '../statistics/people';
import type { RealFace } from './test-set';

/** A judge's descriptors, and the real photographs of every group in it. */
export interface DescriptorSpace {
  /** Index in the panel. */
  readonly judge: number;
  /** By group; null where fewer than two photographs show a face. */
  readonly targets: readonly (FrechetTarget | null)[];
}

/** A picture's place in the space. */
export interface Placed {
  readonly group: number;
  /** Index of its person in every draw. */
  readonly person: number;
  readonly observation: Observation;
}

/** More dimensions need more photographs than anybody has. */
const MOST_DIMENSIONS = 256;

/** The space of the first judge with descriptors short enough; null where there is none. */
export function descriptorSpace(
  real: readonly RealFace[],
  groups: readonly number[],
): DescriptorSpace | null {
  const judge = (real[0]?.observation.opinions ?? []).findIndex(
    ({ embedding }) => embedding !== null && embedding.length <= MOST_DIMENSIONS,
  );
  if (judge < 0) return null;
  const targets = groups.map((group) => {
    const shown = real.filter(
      ({ entry, observation }) => entry.group === group && observation.isFound,
    );
    const embeddings = shown.flatMap(
      ({ observation }) => observation.opinions[judge]?.embedding ?? [],
    );
    return embeddings.length < 2 ? null : frechetTarget(gaussianOf(embeddings));
  });
  return { judge, targets };
}

/** Of a group's pictures: those without a face are in it, by what the judge sees where the face should be. */
function groupDistances(
  pictures: readonly Placed[],
  { judge, targets }: DescriptorSpace,
  group: number,
): { of: (counts: ArrayLike<number>) => number; n: number } | null {
  const target = targets[group] ?? null;
  const placed = pictures.flatMap(({ group: own, person, observation }) => {
    const embedding = observation.opinions[judge]?.embedding;
    return own === group && embedding ? [{ embedding, person }] : [];
  });
  if (target === null || placed.length < 2) return null;
  const distance = frechetDistances(
    placed.map(({ embedding }) => embedding),
    target,
  );
  return {
    of: (counts) => distance(placed.map(({ person }) => timesDrawn(counts, person))),
    n: placed.length,
  };
}

/**
 * Distances by group, and their mean over groups, with intervals over people; null where too few pictures tell.
 * @param draws of people; the first {@link FRECHET_REPLICATES} are taken
 * @returns also the mean over groups in each of these
 */
export function distancesToReal(
  pictures: readonly Placed[],
  space: DescriptorSpace,
  draws: readonly Uint16Array[],
): {
  readonly all: Estimate | null;
  readonly replicates: readonly number[];
  readonly byGroup: readonly (Estimate | null)[];
} {
  const some = draws.slice(0, FRECHET_REPLICATES);
  const once = new Uint16Array(draws[0]?.length ?? 0).fill(1);
  const groups = space.targets.map((_, group) => {
    const distances = groupDistances(pictures, space, group);
    return (
      distances && { value: distances.of(once), replicates: some.map(distances.of), n: distances.n }
    );
  });
  const known = groups.filter((one) => one !== null);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const replicates = some.map((_, i) => mean(known.map((group) => group.replicates[i] ?? NaN)));
  const all = frechetEstimate(
    mean(known.map(({ value }) => value)),
    replicates,
    known.reduce((sum, { n }) => sum + n, 0),
  );
  return {
    all: known.length === 0 ? null : all,
    replicates,
    byGroup: groups.map((one) => one && frechetEstimate(one.value, one.replicates, one.n)),
  };
}
