/** @file Tries a generator: every test face at every age group, judged, and placed between the baselines. */

import { tf } from '../engine/tf';
import { concatenated, loadTestImages } from '../data/batches';
import type { RgbImage } from '../data/image';
import { toImage } from './age-folder';
import { ageByMovingAverages } from './generate';
import { observe } from './judges/panel';
import type { Observation } from './judges/panel';
import { scoreItem, scoreItems } from './score';
import type { Item, Score } from './score';
import { frechetDistance, gaussianOf } from './statistics/frechet';
import type { Gaussian } from './statistics/frechet';
import { intervalOf, weightedMean } from './statistics/bootstrap';
import type { Estimate } from './statistics/bootstrap';
import { REPLICATES } from './trial';
import type { Trial } from './trial';

/** Kinds of rows of the table, in its order. */
export const ROWS = ['copy', 'model', 'random real', 'mean face'] as const;
export type RowKind = (typeof ROWS)[number];

/** A row of the table: one kind, at one group or at all. */
export interface Row extends Score {
  readonly row: RowKind;
  /** Null for all groups together. */
  readonly group: number | null;
  /** Fréchet distance of descriptors to the group's real photographs; null where fewer than two tell; the mean over groups for all. */
  readonly frechet: number | null;
}

/** Where the model stands: 0 is the worse baseline, 1 the better one. */
export interface Position {
  /** From somebody else's photograph (0) to the copied input (1), in verification. */
  readonly identity: Estimate | null;
  /** From the copied input (0) to real photographs of the group (1), in years of error. */
  readonly age: Estimate | null;
  /** Harmonic mean of both, each cut to 0..1: what the best step has most of. */
  readonly overall: number | null;
}

/** A generator, tried. */
export interface Outcome {
  readonly items: readonly Item[];
  /** By item. */
  readonly pictures: readonly RgbImage[];
  readonly rows: readonly Row[];
  /** By the first judge of people and the first judge of years. */
  readonly position: Position;
}

const BATCH = 8;
/** The space of the Fréchet distance has at most so many dimensions: more need more photographs than anybody has. */
const MOST_DIMENSIONS = 256;

/** Every source at every group, in the order of the trial's items: sources first, groups within. */
async function ageAll(
  generator: tf.LayersModel,
  trial: Trial,
  onFace: (done: number, total: number) => void,
): Promise<{ pictures: RgbImage[]; observations: Observation[] }> {
  const { imageSize, faces, panel } = trial;
  const groups = trial.ageBounds.length + 1;
  const [pictures, observations]: [RgbImage[], Observation[]] = [[], []];
  onFace(0, faces.length * groups);
  for (let start = 0; start < faces.length; start += BATCH) {
    const files = faces.slice(start, start + BATCH).map(({ file }) => file);
    const pixels = concatenated([await loadTestImages(files, imageSize)]);
    const sources = tf.tensor4d(pixels, [files.length, imageSize, imageSize, 3]);
    const aged = Array.from({ length: groups }, (_, group) => ageByMovingAverages(generator, sources, group));
    const some: RgbImage[] = [];
    for (let i = 0; i < files.length; i++) for (const batch of aged) some.push(await toImage(batch, i));
    tf.dispose([sources, ...aged]);
    observations.push(...(await observe(panel, some)));
    pictures.push(...some);
    onFace(pictures.length, faces.length * groups);
  }
  return { pictures, observations };
}

/** The judge in whose space distributions are compared, or −1. */
export const frechetJudge = (trial: Trial): number =>
  trial.panel.judges.findIndex((_, j) => {
    const length = trial.sources[0]?.observation.opinions[j]?.embedding?.length ?? Infinity;
    return length <= MOST_DIMENSIONS;
  });

const embeddingsOf = (observations: readonly Observation[], judge: number): Float32Array[] =>
  observations.flatMap(({ opinions }) => opinions[judge]?.embedding ?? []);

function realGaussians(trial: Trial, judge: number): (Gaussian | null)[] {
  return Array.from({ length: trial.ageBounds.length + 1 }, (_, group) => {
    const embeddings = embeddingsOf(
      trial.real.filter(({ entry, observation }) => entry.group === group && observation.isFound).map(({ observation }) => observation),
      judge,
    );
    return embeddings.length < 2 ? null : gaussianOf(embeddings);
  });
}

/** Pictures without a face are in it, by what the descriptor sees where the face should be. */
function frechetAt(
  items: readonly Item[],
  observations: readonly Observation[],
  group: number,
  judge: number,
  real: readonly (Gaussian | null)[],
): number | null {
  const target = real[group] ?? null;
  const embeddings = embeddingsOf(
    observations.filter((_, i) => items[i]?.group === group),
    judge,
  );
  return target === null || embeddings.length < 2 ? null : frechetDistance(gaussianOf(embeddings), target);
}

function rowsOf(
  kind: RowKind,
  items: readonly Item[],
  observations: readonly Observation[],
  trial: Trial,
  real: readonly (Gaussian | null)[],
): Row[] {
  const judge = frechetJudge(trial);
  const groups = trial.ageBounds.map((_, i) => i).concat(trial.ageBounds.length);
  const score = (some: readonly Item[]): Score => scoreItems(some, trial.personIndex, trial.draws);
  const byGroup = groups.map((group): Row => ({
    row: kind,
    group,
    ...score(items.filter((item) => item.group === group)),
    frechet: judge < 0 ? null : frechetAt(items, observations, group, judge, real),
  }));
  const distances = byGroup.flatMap(({ frechet }) => frechet ?? []);
  const mean = distances.length === 0 ? null : distances.reduce((a, b) => a + b, 0) / distances.length;
  return [{ row: kind, group: null, ...score(items), frechet: mean }, ...byGroup];
}

/** A share of the way between two baselines, with its interval over people. */
function between(
  value: (item: Item) => number | null,
  { from, to, model }: { from: readonly Item[]; to: readonly Item[]; model: readonly Item[] },
  trial: Trial,
): Estimate | null {
  const sides = [from, model, to].map((items) => {
    const kept = items.flatMap((item) => {
      const found = value(item);
      return found === null ? [] : [{ value: found, person: trial.personIndex.get(item.person) ?? 0 }];
    });
    return { values: kept.map((one) => one.value), people: kept.map(({ person }) => person) };
  });
  if (sides.some(({ values }) => values.length === 0)) return null;
  const share = (counts: ArrayLike<number>): number => {
    const [low = NaN, middle = NaN, high = NaN] = sides.map(({ values, people }) => weightedMean(values, people, counts));
    return (middle - low) / (high - low);
  };
  const whole = share(new Uint16Array(trial.personIndex.size).fill(1));
  // the baselines coincide: there is no between
  if (!Number.isFinite(whole)) return null;
  return { value: whole, ...intervalOf(trial.draws.slice(0, REPLICATES).map(share).filter(Number.isFinite)), n: model.length };
}

function positionOf(trial: Trial, model: readonly Item[]): Position {
  const { copy, randomReal } = trial.baselines;
  const identityJudge = trial.panel.judges.findIndex(({ identity }) => identity !== null);
  const ageJudge = trial.panel.judges.findIndex(({ age }) => age === 'years');
  const verified = (item: Item): number | null => (item.isVerified[identityJudge] == null ? null : Number(item.isVerified[identityJudge]));
  const error = (item: Item): number | null => item.ageError[ageJudge] ?? null;
  const identity = between(verified, { from: randomReal, to: copy, model }, trial);
  const age = between(error, { from: copy, to: randomReal, model }, trial);
  if (identity === null || age === null) return { identity, age, overall: null };
  const [a, b] = [identity.value, age.value].map((value) => Math.min(1, Math.max(0, value))) as [number, number];
  return { identity, age, overall: a + b === 0 ? 0 : (2 * a * b) / (a + b) };
}

/**
 * Ages every test face to every group and judges the results.
 * @param generator normalised by its moving averages, or folded
 * @param onFace called with the number of finished pictures
 */
export async function tryGenerator(
  generator: tf.LayersModel,
  trial: Trial,
  onFace: (done: number, total: number) => void,
): Promise<Outcome> {
  const groups = trial.ageBounds.length + 1;
  const { pictures, observations } = await ageAll(generator, trial, onFace);
  const items = observations.map((observation, i) => {
    const source = trial.sources[Math.floor(i / groups)];
    if (!source) throw new Error(`picture ${i}: expected a source, got none`);
    return scoreItem(source, i % groups, observation, trial.yardstick);
  });
  const { copy, randomReal, meanFace } = trial.baselines;
  const real = realGaussians(trial, frechetJudge(trial));
  const copied = copy.map((_, i) => trial.sources[Math.floor(i / groups)]?.observation).filter((observation) => observation !== undefined);
  const rows = [
    ...rowsOf('copy', copy, copied, trial, real),
    ...rowsOf('model', items, observations, trial, real),
    ...rowsOf('random real', randomReal, trial.observed.randomReal, trial, real),
    ...rowsOf('mean face', meanFace, trial.observed.meanFace, trial, real),
  ];
  return { items, pictures, rows, position: positionOf(trial, items) };
}
