/** @file The table of an evaluation: the figures of the model and of each baseline, by group and over all. */

import { distancesToReal } from './descriptor-space';
import type { DescriptorSpace } from './descriptor-space';
import type { Observation } from './judges/panel';
import { scoreItems } from './score';
import type { Drawings, Item, Score } from './score';
import type { Estimate } from '../statistics/bootstrap';

/** Kinds of rows, in their order. */
export const ROWS = ['copy', 'model', 'random real', 'mean face'] as const;
export type RowKind = (typeof ROWS)[number];

/** A row of the table: one kind, at one group or at all. */
export interface Row extends Score {
  readonly row: RowKind;
  /** Null for all groups together. */
  readonly group: number | null;
  /** Fréchet distance of descriptors to the group's real photographs, the mean over groups for all; null where fewer than two tell. */
  readonly frechet: Estimate | null;
}

/** What figures of all rows rest on. */
export interface ScoringContext extends Drawings {
  /** How many age groups there are. */
  readonly groups: number;
  readonly space: DescriptorSpace | null;
}

/**
 * The rows of one kind, all groups first, and their Fréchet distance over all groups in every drawing; null where it is.
 * @param observations what the judges saw, by item
 */
export function rowsOf(
  kind: RowKind,
  items: readonly Item[],
  observations: readonly Observation[],
  context: ScoringContext,
): { readonly rows: readonly Row[]; readonly frechetReplicates: readonly number[] | null } {
  const { groups, personIndex, draws, space } = context;
  const placed = observations.flatMap((observation, i) => {
    const item = items[i];
    return item
      ? [{ group: item.group, person: personIndex.indexOf(item.person), observation }]
      : [];
  });
  const distances = space && distancesToReal(placed, space, draws);
  const score = (some: readonly Item[]): Score => scoreItems(some, context);
  const byGroup = Array.from({ length: groups }, (_, group): Row => ({
    row: kind,
    group,
    ...score(items.filter((item) => item.group === group)),
    frechet: distances?.byGroup[group] ?? null,
  }));
  const rows = [
    { row: kind, group: null, ...score(items), frechet: distances?.all ?? null },
    ...byGroup,
  ];
  return { rows, frechetReplicates: distances?.all ? distances.replicates : null };
}
