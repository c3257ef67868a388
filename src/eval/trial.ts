/** @file Everything that a generator is held against, made once: test faces, thresholds, what real groups look like, and baselines. */

import { UserError } from '../errors';
import { readManifest } from '../data/manifest';
import type { ManifestEntry } from '../data/manifest';
import type { Dataset } from '../data/prepare/dataset';
import { createRandom } from '../data/random';
import type { Random } from '../data/random';
import { groupAges, indexPeople } from './age-accuracy';
import type { GroupAges } from './age-accuracy';
import { meanFaceItems, randomRealItems } from './baselines';
import type { ObservationCache, Observation, Panel } from './judges/panel';
import { scoreItem } from './score';
import type { Item, Source, Yardstick } from './score';
import { drawPeople } from './statistics/bootstrap';
import { chooseRealFaces, chooseTestFaces, observeReal } from './test-set';
import type { RealFace, TestSetSettings } from './test-set';
import { calibrate } from './verification';
import type { Calibration } from './verification';

/** Where a threshold comes from. */
export interface Threshold {
  readonly distance: number;
  readonly origin: string;
}

/** What generators are tried on. */
export interface Trial {
  readonly panel: Panel;
  readonly ageBounds: readonly number[];
  readonly imageSize: number;
  /** Test faces in which a face is found. */
  readonly faces: readonly RealFace[];
  readonly sources: readonly Source[];
  /** Names of test faces in which none is found: nothing can be measured on them. */
  readonly unusable: readonly string[];
  readonly real: readonly RealFace[];
  /** [judge]. */
  readonly calibrations: readonly (Calibration | null)[];
  readonly thresholds: readonly (Threshold | null)[];
  /** [judge][group]; null for a judge of people alone. */
  readonly realAges: readonly (readonly GroupAges[] | null)[];
  readonly yardstick: Yardstick;
  readonly baselines: { readonly copy: readonly Item[]; readonly randomReal: readonly Item[]; readonly meanFace: readonly Item[] };
  /** What the random real photographs and the mean faces look like to the judges, by (source, group) as the items. */
  readonly observed: { readonly randomReal: readonly Observation[]; readonly meanFace: readonly Observation[] };
  /** As the draws count people. */
  readonly personIndex: ReadonlyMap<string, number>;
  readonly draws: readonly Uint16Array[];
}

/** What a trial is made of. */
export interface TrialSettings extends TestSetSettings {
  readonly dataset: Dataset;
  /** Real photographs are taken from here; null for the data set itself. */
  readonly reference: Dataset | null;
  readonly ageBounds: readonly number[];
  /** Overrides the threshold of the first judge; null for the calibrated or published one. */
  readonly threshold: number | null;
}

/** People are drawn so often. */
export const REPLICATES = 1000;

function checkBounds(ageBounds: readonly number[], { directory, ageBounds: own }: Dataset, flag: string): void {
  if (own.join() !== ageBounds.join())
    throw new UserError(
      `${flag}: expected the generator's age groups, bounds ${ageBounds.join(',')}, got ${own.join(',')} in ${directory}. Prepare it with --age_bounds=${ageBounds.join(',')}.`,
    );
}

function chooseThreshold(panel: Panel, judge: number, calibration: Calibration | null, given: number | null): Threshold | null {
  const identity = panel.judges[judge]?.identity;
  if (!identity) return null;
  if (given !== null && judge === 0) return { distance: given, origin: 'given by --threshold' };
  const point = identity.isCalibrated ? calibration?.points.find(({ threshold }) => threshold !== null) : undefined;
  if (point?.threshold) return { distance: point.threshold.value, origin: `false accept rate ${100 * point.far} % on real pairs` };
  if (identity.publishedThreshold === null) return null;
  const why = identity.isCalibrated ? '; too few real pairs to set one' : '';
  return { distance: identity.publishedThreshold, origin: `published${why}` };
}

/** The test people's other photographs in the data set, by person and group. */
async function ownPhotographs(settings: TrialSettings, tested: readonly ManifestEntry[], cache: ObservationCache): Promise<RealFace[]> {
  const people = new Set(tested.flatMap(({ identity }) => identity ?? []));
  const own = (await readManifest(settings.dataset.directory)).filter(({ identity }) => identity !== null && people.has(identity));
  return observeReal(settings.dataset, own, settings.imageSize, cache, () => undefined);
}

function toSource({ entry, person, observation }: RealFace, own: readonly RealFace[]): Source {
  const real = new Map<number, Observation[]>();
  for (const other of own)
    if (entry.identity !== null && other.person === person && other.entry.path !== entry.path && other.observation.isFound)
      real.set(other.entry.group, [...(real.get(other.entry.group) ?? []), other.observation]);
  return { name: entry.path, person, observation, real };
}

function calibrateJudge(panel: Panel, judge: number, real: readonly RealFace[], random: Random): Calibration | null {
  if (!panel.judges[judge]?.identity) return null;
  const described = real.flatMap(({ entry, observation }) => {
    const embedding = observation.opinions[judge]?.embedding;
    return observation.isFound && embedding ? [{ embedding, person: entry.identity }] : [];
  });
  return calibrate(described, random);
}

/**
 * Observes photographs, sets thresholds, and scores the baselines.
 * @param onFace called with what is being looked at and the number of finished ones
 * @throws UserError where age groups differ, or no test face can be judged
 */
export async function prepareTrial(
  panel: Panel,
  cache: ObservationCache,
  settings: TrialSettings,
  onFace: (label: string, done: number, total: number) => void,
): Promise<Trial> {
  const { dataset, reference, ageBounds, imageSize, seed } = settings;
  checkBounds(ageBounds, dataset, '--data');
  if (reference) checkBounds(ageBounds, reference, '--reference');
  const groups = Array.from({ length: ageBounds.length + 1 }, (_, group) => group);
  const chosen = await chooseTestFaces(dataset, settings);
  const all = await observeReal(dataset, chosen, imageSize, cache, (done, total) => onFace('test faces', done, total));
  const faces = all.filter(({ observation }) => observation.isFound);
  if (faces.length === 0)
    throw new UserError(
      `--data: expected test faces that the detector finds, got ${all.length} without a face in ${dataset.directory}. Look at its report.html.`,
    );
  const from = reference ?? dataset;
  const real = await observeReal(from, await chooseRealFaces(from, settings), imageSize, cache, (done, total) =>
    onFace('real photographs', done, total),
  );
  const own = await ownPhotographs(settings, chosen, cache);
  const sources = faces.map((face) => toSource(face, own));
  const random = createRandom(seed + 2);
  const calibrations = panel.judges.map((_, judge) => calibrateJudge(panel, judge, real, random));
  const thresholds = calibrations.map((calibration, judge) => chooseThreshold(panel, judge, calibration, settings.threshold));
  const drawn = (people: number): Uint16Array[] => drawPeople(people, REPLICATES, createRandom(seed + 3));
  const realAges = panel.judges.map(({ age }, judge) =>
    age === null
      ? null
      : groups.map((group) =>
          groupAges(
            real.filter(({ entry }) => entry.group === group),
            group,
            judge,
            ageBounds,
            drawn,
          ),
        ),
  );
  const yardstick: Yardstick = {
    thresholds: thresholds.map((threshold) => threshold?.distance ?? null),
    groupMeans: realAges.map((ages) => groups.map((group) => ages?.[group]?.mean?.value ?? null)),
    ageBounds,
    judgesAge: panel.judges.map(({ age }) => age !== null),
  };
  const { indices, count } = indexPeople(sources.map(({ person }) => person));
  const copy = sources.flatMap((source) => groups.map((group) => scoreItem(source, group, source.observation, yardstick)));
  const randomReal = randomRealItems(sources, real, groups, yardstick, createRandom(seed + 4));
  const meanFace = await meanFaceItems(sources, real, groups, yardstick, panel, imageSize);
  return {
    panel,
    ageBounds,
    imageSize,
    faces,
    sources,
    unusable: all.filter(({ observation }) => !observation.isFound).map(({ entry }) => entry.path),
    real,
    calibrations,
    thresholds,
    realAges,
    yardstick,
    baselines: { copy, randomReal: randomReal.items, meanFace: meanFace.items },
    observed: { randomReal: randomReal.observations, meanFace: meanFace.observations },
    personIndex: new Map(sources.map(({ person }, i) => [person, indices[i] ?? 0])),
    draws: drawn(count),
  };
}
