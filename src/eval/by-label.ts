/** @file The figures of a generator by what the data's labels say of its inputs: where it fails, and for whom. */

import type { Estimate } from '../statistics/bootstrap';
import { estimate } from '../statistics/bootstrap';
import type { ManifestEntry } from '../data/manifest';
import { scoreItems } from './score';
import type { Drawings, Item, Score } from './score';

/** Labels of inputs, in the order of the table. */
const INPUT_LABELS = ['age', 'gender', 'race'] as const;
type InputLabel = (typeof INPUT_LABELS)[number];

/** Figures of the pictures of all inputs that have one label, at all target groups. */
export interface LabelRow extends Score {
  readonly label: InputLabel;
  /** As the data says it: a label, no fact about a person. Of age, the name of the group. */
  readonly value: string;
  /** How many years older the judges find an input at the oldest group than at the youngest, by judge; null where none tells. */
  readonly span: readonly (Estimate | null)[];
}

/** Years from the youngest to the oldest group, of the inputs in which a judge finds a face at both. */
function spanOf(items: readonly Item[], judge: number, drawings: Drawings): Estimate | null {
  const { personIndex, draws } = drawings;
  const oldest = Math.max(...items.map(({ group }) => group));
  const youngest = new Map(
    items.flatMap(({ source, group, age }) => (group === 0 ? [[source, age[judge]]] : [])),
  );
  const spans = items.flatMap(({ source, person, group, age }) => {
    const from = youngest.get(source);
    const to = age[judge];
    return group === oldest && from != null && to != null
      ? [{ years: to - from, person: personIndex.indexOf(person) }]
      : [];
  });
  if (spans.length === 0) return null;
  return estimate(
    spans.map(({ years }) => years),
    spans.map(({ person }) => person),
    draws,
  );
}

/**
 * Rows for every label that the data has, each label's values in order; none of a label that the data lacks.
 * @param entries of the inputs
 */
export function rowsByLabel(
  items: readonly Item[],
  entries: readonly ManifestEntry[],
  groupNames: readonly string[],
  drawings: Drawings,
): LabelRow[] {
  const entryOf = new Map(entries.map((entry) => [entry.path, entry]));
  const valueOf = (item: Item, label: InputLabel): string | undefined => {
    const entry = entryOf.get(item.source);
    return label === 'age' ? groupNames[entry?.group ?? -1] : entry?.[label];
  };
  return INPUT_LABELS.flatMap((label) => {
    const byValue = new Map<string, Item[]>();
    for (const item of items) {
      const value = valueOf(item, label);
      if (value !== undefined) byValue.set(value, [...(byValue.get(value) ?? []), item]);
    }
    return [...byValue]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([value, some]): LabelRow => ({
        label,
        value,
        ...scoreItems(some, drawings),
        span: (some[0]?.age ?? []).map((_, judge) => spanOf(some, judge, drawings)),
      }));
  });
}
