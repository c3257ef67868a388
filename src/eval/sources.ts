/** @file The inputs of a benchmark: test faces, each with what else is known of its person. */

import { readManifest } from '../data/manifest';
import type { ManifestEntry } from '../data/manifest';
import type { ObservationCache, Observation } from './judges/panel';
import type { Source } from './score';
import { isOpenTo, observeReal } from './test-set';
import type { RealFace, TestSetSettings } from './test-set';
import type { Dataset } from '../data/dataset';

/** All photographs of the people tested that may be looked at; none where nobody is named. */
export async function ownPhotographs(
  dataset: Dataset,
  { part, imageSize }: TestSetSettings,
  tested: readonly ManifestEntry[],
  cache: ObservationCache,
): Promise<RealFace[]> {
  const people = new Set(tested.flatMap(({ identity }) => identity ?? []));
  const own = (await readManifest(dataset.directory)).filter(
    (entry) => entry.identity !== null && people.has(entry.identity) && isOpenTo(part, entry),
  );
  return observeReal(dataset, own, imageSize, cache, () => undefined);
}

/** A test face as an input. @param own photographs of the people tested */
export function toSource(
  { entry, person, observation }: RealFace,
  own: readonly RealFace[],
): Source {
  const real = new Map<number, Observation[]>();
  for (const other of own)
    if (
      entry.identity !== null &&
      other.person === person &&
      other.entry.path !== entry.path &&
      other.observation.isFound
    )
      real.set(other.entry.group, [...(real.get(other.entry.group) ?? []), other.observation]);
  return { name: entry.path, person, observation, real };
}
