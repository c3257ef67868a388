/** @file Everything that a generator is held against, made once: held-out faces, thresholds, what real groups look like, and baselines. */

import { UserError } from '../errors';
import type { Dataset } from '../data/dataset';
import { createRandom } from '../statistics/random';
import { meanFaceItems, randomRealItems } from './baselines';
import { descriptorSpace } from './descriptor-space';
import type { ObservationCache, Panel } from './judges/panel';
import { rowsOf } from './rows';
import type { ScoringContext, Row } from './rows';
import { scoreItem } from './score';
import type { Item, Source, References } from './score';
import { ownPhotographs, toSource } from './sources';
import { drawPeople } from '../statistics/bootstrap';
import { indexPeople } from '../statistics/people';
import { chooseHeldOutFaces, chooseRealFaces, observeReal } from './test-set';
import type { HeldOutPart, RealFace, TestSetSettings } from './test-set';
import { measureReferences, REPLICATES } from './references';
import type { MeasuredReferences, ReferenceSettings } from './references';

/** Parts in words. */
export const PART_NAMES: Readonly<Record<HeldOutPart, string>> = {
  valid: 'validation',
  test: 'test',
};

/** What generators are tried on. */
export interface Benchmark extends MeasuredReferences {
  readonly part: HeldOutPart;
  readonly panel: Panel;
  readonly ageBounds: readonly number[];
  /** Of its age groups, as the data set has them. */
  readonly groupNames: readonly string[];
  readonly imageSize: number;
  /** Faces of the part in which the detector finds one. */
  readonly faces: readonly RealFace[];
  readonly sources: readonly Source[];
  /** Names of those in which it finds none: nothing can be measured on them. */
  readonly unusable: readonly string[];
  readonly real: readonly RealFace[];
  readonly context: ScoringContext;
  /** By (source, group); of random photographs those that show somebody else. */
  readonly baselines: { readonly copy: readonly Item[]; readonly randomReal: readonly Item[] };
  readonly baselineRows: readonly Row[];
}

/** What a benchmark is made of. */
export interface BenchmarkSettings extends TestSetSettings, ReferenceSettings {
  readonly dataset: Dataset;
  /** Real photographs are taken from here; null for the data set itself. */
  readonly reference: Dataset | null;
}

/** @throws UserError where a data set's age groups are others */
export function checkBounds(
  ageBounds: readonly number[],
  { directory, ageBounds: own }: Dataset,
  flag: string,
): void {
  if (own.join() !== ageBounds.join())
    throw new UserError(
      `${flag}: expected the generator's age groups, bounds ${ageBounds.join(',')}, got ${own.join(',')} in ${directory}. Prepare it with --age_bounds=${ageBounds.join(',')}.`,
    );
}

/** Held-out faces, and real photographs of every group. @throws UserError where no held-out face can be judged */
async function observeFaces(
  cache: ObservationCache,
  settings: BenchmarkSettings,
  onFace: (label: string, done: number, total: number) => void,
): Promise<{ tested: RealFace[]; sources: Source[]; real: RealFace[] }> {
  const { dataset, reference, imageSize, part } = settings;
  const chosen = await chooseHeldOutFaces(dataset, settings);
  const tested = await observeReal(dataset, chosen, imageSize, cache, (done, total) =>
    onFace(`${PART_NAMES[part]} faces`, done, total),
  );
  const faces = tested.filter(({ observation }) => observation.isFound);
  if (faces.length === 0)
    throw new UserError(
      `--data: expected ${PART_NAMES[part]} faces that the detector finds, got ${tested.length} without a face in ${dataset.directory}. Look at its report.html.`,
    );
  const from = reference ?? dataset;
  const real = await observeReal(
    from,
    await chooseRealFaces(from, settings),
    imageSize,
    cache,
    (done, total) => onFace('real photographs', done, total),
  );
  const own = await ownPhotographs(dataset, settings, chosen, cache);
  return { tested, sources: faces.map((face) => toSource(face, own)), real };
}

/** Baselines for every source and group, with their rows. */
async function scoreBaselines(
  panel: Panel,
  sources: readonly Source[],
  real: readonly RealFace[],
  references: References,
  context: ScoringContext,
  { imageSize, seed }: BenchmarkSettings,
): Promise<Pick<Benchmark, 'baselines' | 'baselineRows'>> {
  const groups = Array.from({ length: context.groups }, (_, group) => group);
  const copies = sources.flatMap((source) =>
    groups.map((group) => ({
      source,
      item: scoreItem(source, group, source.observation, references),
    })),
  );
  const copy = copies.map(({ item }) => item);
  const randomReal = randomRealItems(sources, real, groups, references, createRandom(seed + 4));
  const meanFace = await meanFaceItems(sources, real, groups, references, panel, imageSize);
  return {
    baselines: { copy, randomReal: randomReal.items },
    baselineRows: [
      ...rowsOf(
        'copy',
        copy,
        copies.map(({ source }) => source.observation),
        context,
      ).rows,
      ...rowsOf('random real', randomReal.items, randomReal.observations, context).rows,
      ...rowsOf('mean face', meanFace.items, meanFace.observations, context).rows,
    ],
  };
}

/**
 * Observes photographs, sets thresholds, and scores the baselines.
 * @param onFace called with what is being looked at and the number of finished ones
 * @throws UserError where age groups differ, or no held-out face can be judged
 */
export async function prepareBenchmark(
  panel: Panel,
  cache: ObservationCache,
  settings: BenchmarkSettings,
  onFace: (label: string, done: number, total: number) => void,
): Promise<Benchmark> {
  const { dataset, reference, ageBounds, imageSize, seed } = settings;
  checkBounds(ageBounds, dataset, '--data');
  if (reference) checkBounds(ageBounds, reference, '--reference');
  const groups = Array.from({ length: ageBounds.length + 1 }, (_, group) => group);
  const { tested, sources, real } = await observeFaces(cache, settings, onFace);
  const measured = measureReferences(panel, real, settings);
  const people = indexPeople(sources.map(({ person }) => person));
  const context: ScoringContext = {
    groups: groups.length,
    personIndex: people,
    draws: drawPeople(people.size, REPLICATES, createRandom(seed + 3)),
    thresholdDraws: measured.thresholds.map((threshold) => threshold?.replicates ?? []),
    space: descriptorSpace(real, groups),
  };
  return {
    part: settings.part,
    panel,
    ageBounds,
    groupNames: dataset.groupNames,
    imageSize,
    faces: tested.filter(({ observation }) => observation.isFound),
    sources,
    unusable: tested
      .filter(({ observation }) => !observation.isFound)
      .map(({ entry }) => entry.path),
    real,
    ...measured,
    context,
    ...(await scoreBaselines(panel, sources, real, measured.references, context, settings)),
  };
}
