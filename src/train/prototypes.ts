/**
 * @file What a source looks like changed as the mean faces of its group and of the target group differ, in strength of details and in colour:
 * the prototypes of Burt and Perrett (Perception of Age in Adult Caucasian Male Faces, 1995) with the strength of details of Tiddeman, Burt and
 * Perrett (2001). Not in the paper of IPCGAN.
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TrainConfig } from '../config/schema';
import { tf } from '../engine/tf';
import { UserError } from '../errors';
import { changeMaskAt } from '../faces/blend';
import { CROP_SIZE } from '../faces/template';
import { decodeImage } from '../images/image';
import { subtractMean } from '../images/pixels';
import { watchReading } from '../images/reading';
import { resizeBilinearLegacy } from '../images/resize';
import { isNeeded } from '../losses/term';
import type { LossTerm } from '../losses/term';
import { concatenated } from '../data/batches';
import { MANIFEST_FILE, readManifest } from '../data/manifest';
import type { ManifestEntry } from '../data/manifest';
import type { SamplerLists } from '../data/sampler';
import { spread } from '../data/spread';
import { blurred } from '../models/layers/gaussian-blur';
import { bandBlurs, MOST_GAIN } from '../models/layers/pyramid-blend';
import { LUMA } from '../models/layers/shade-blend';
import { toUnitRange } from '../models/layers/unit-range';
import type { TrainingData } from './training-data';

/** Faces of one group, gender and race that their means are of, at most; a mean of fewer than the least says little. */
const MOST_FACES = 150;
const LEAST_FACES = 25;
/** Faces that are looked at together. */
const TOGETHER = 32;
/** Standard deviation of the blur within which the strength of details is measured, in pixels at 128 × 128. */
const WITHIN = 4;
/** Added to strengths, so that the quotient of two that are next to nothing is 1; half a grey level. */
const LITTLE = 0.004;

/** Targets of the prototype term. */
export interface Prototypes {
  /**
   * @param source [B,S,S,3], RGB 0..255 minus the mean
   * @param names of the sources, by which their group and gender are known
   * @param groups that are asked for
   * @returns [B,S,S,3] in [-1, 1]; the caller disposes
   */
  targets(source: tf.Tensor4D, names: readonly string[], groups: readonly number[]): tf.Tensor4D;
  dispose(): void;
}

/** What prototypes are made of. */
export interface PrototypeSettings {
  readonly rootFolder: string;
  readonly imageSize: number;
  /** How far sources are moved: 1 for the difference of the mean faces, more for more. */
  readonly strength: number;
  readonly lists: Pick<SamplerLists, 'groups'>;
  /** Gender and race of pictures, as far as they are known. */
  readonly manifest: readonly Pick<ManifestEntry, 'path' | 'gender' | 'race'>[];
}

/** A picture in its bands, the finest first, and the whole in [-1, 1]. */
function bandsOf(source: tf.Tensor4D): {
  readonly bands: readonly tf.Tensor4D[];
  readonly whole: tf.Tensor4D;
} {
  const whole = toUnitRange(source);
  const blurs = bandBlurs(whole.shape[2]).map((sigma) => blurred(whole, sigma));
  const levels = [whole, ...blurs];
  const bands = blurs.map((coarser, band) =>
    tf.sub<tf.Tensor4D>(levels[band] as tf.Tensor4D, coarser),
  );
  return { bands, whole };
}

/** Sums over faces: of the strength of details [1,S,S,4], and of the pictures [1,S,S,3]. */
function sumsOf(source: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D] {
  return tf.tidy(() => {
    const { bands, whole } = bandsOf(source);
    const luma = tf.tensor1d(LUMA);
    const sizes = bands.map((band) => tf.abs(tf.sum(tf.mul(band, luma), 3, true)));
    const strengths = blurred(tf.concat(sizes, 3) as tf.Tensor4D, (WITHIN * whole.shape[2]) / 128);
    return [tf.sum(strengths, 0, true), tf.sum(whole, 0, true)];
  });
}

/** Means over faces: strength of details [1,S,S,4], picture [1,S,S,3]. */
type Means = readonly [strengths: tf.Tensor4D, picture: tf.Tensor4D];

/** The mean of means, each counted alike; frees them. */
function meanOf(means: readonly Means[]): Means {
  const mean = (index: 0 | 1): tf.Tensor4D =>
    tf.tidy(() => tf.div(tf.addN(means.map((one) => one[index])), means.length));
  const made: Means = [mean(0), mean(1)];
  tf.dispose(means.flat());
  return made;
}

async function meansOfFaces(files: readonly string[], size: number): Promise<Means> {
  const sums: [tf.Tensor4D, tf.Tensor4D][] = [];
  for (let start = 0; start < files.length; start += TOGETHER) {
    const images = await Promise.all(
      files.slice(start, start + TOGETHER).map((file) => decodeImage(file)),
    );
    const pixels = concatenated(
      images.map((image) => subtractMean(resizeBilinearLegacy(image, size))),
    );
    const source = tf.tensor4d(pixels, [images.length, size, size, 3]);
    sums.push(sumsOf(source));
    source.dispose();
  }
  const total = (index: 0 | 1): tf.Tensor4D =>
    tf.tidy(() => tf.div(tf.addN(sums.map((sum) => sum[index])), files.length));
  const means: Means = [total(0), total(1)];
  tf.dispose(sums.flat());
  return means;
}

/** Names by group, of each race that has enough of them in every group; all together where none has. */
function byRace(
  groups: readonly (readonly string[])[],
  raceOf: (name: string) => string,
): readonly (readonly (readonly string[])[])[] {
  const races = new Set(groups.flatMap((names) => names.map(raceOf)));
  const split = [...races]
    .sort()
    .map((race) => groups.map((names) => names.filter((name) => raceOf(name) === race)));
  const enough = split.filter((of) => of.every(({ length }) => length >= LEAST_FACES));
  return enough.length > 0 ? enough : [groups];
}

const UNKNOWN = '';

/** How much of a change shows at each pixel, [1,S,S,1]: all of it on the face, nothing at the edges. */
const faceMask = (size: number): tf.Tensor4D => {
  const at = (i: number): number => ((i + 0.5) * CROP_SIZE) / size - 0.5;
  const values = Array.from({ length: size * size }, (_, i) =>
    changeMaskAt(at(i % size), at(Math.floor(i / size))),
  );
  return tf.tensor4d(values, [1, size, size, 1]);
};

/**
 * Looks at faces of every group, gender and race; the engine is open.
 * @throws UserError for a group without pictures, or a picture that cannot be decoded
 */
export async function openPrototypes({
  rootFolder,
  imageSize: size,
  strength,
  lists: { groups },
  manifest,
}: PrototypeSettings): Promise<Prototypes> {
  const empty = groups.findIndex(({ length }) => length === 0);
  if (empty >= 0)
    throw new UserError(
      `--prototype_loss_weight: expected pictures in every group, got none in group ${empty}. Add some, or leave the term out.`,
    );
  const people = new Map(manifest.map((entry) => [entry.path, entry]));
  const genderOf = (name: string): string => people.get(name)?.gender ?? UNKNOWN;
  const raceOf = (name: string): string => people.get(name)?.race ?? UNKNOWN;
  const groupOf = new Map(groups.flatMap((names, group) => names.map((name) => [name, group])));
  const all = [...new Set(groups.flat().map(genderOf))].sort();
  const ofGender = (gender: string): readonly (readonly string[])[] =>
    groups.map((names) => names.filter((name) => genderOf(name) === gender));
  // a gender that some group has hardly any of counts among all
  const genders = all.filter((gender) =>
    ofGender(gender).every(({ length }) => length >= LEAST_FACES),
  );
  const kinds = [...genders.map(ofGender), groups];
  const means: Means[] = [];
  for (const of of kinds) {
    const races = byRace(of, raceOf);
    for (const group of groups.keys()) {
      const each: Means[] = [];
      for (const race of races) {
        const files = spread(race[group] ?? [], MOST_FACES).map((name) =>
          path.join(rootFolder, name),
        );
        each.push(await meansOfFaces(files, size));
      }
      means.push(meanOf(each));
    }
  }
  const strengths = tf.concat(means.map(([one]) => one));
  const pictures = tf.concat(means.map(([, one]) => one));
  const face = faceMask(size);
  tf.dispose(means.flat());
  const kindOf = (name: string): number => {
    const found = genders.indexOf(genderOf(name));
    return found < 0 ? genders.length : found;
  };
  const rowsOf = (names: readonly string[], groupAt: (i: number) => number): tf.Tensor1D =>
    tf.tensor1d(
      names.map((name, i) => kindOf(name) * groups.length + groupAt(i)),
      'int32',
    );
  return {
    targets: (source, names, asked) =>
      tf.tidy(() => {
        const own = rowsOf(names, (i) => groupOf.get(names[i] ?? '') ?? asked[i] ?? 0);
        const other = rowsOf(names, (i) => asked[i] ?? 0);
        const { bands, whole } = bandsOf(source);
        const strengthOf = (rows: tf.Tensor1D): tf.Tensor =>
          tf.add(tf.gather(strengths, rows), LITTLE);
        const gains = tf.clipByValue(
          tf.pow(tf.div(strengthOf(other), strengthOf(own)), strength),
          1 / MOST_GAIN,
          MOST_GAIN,
        );
        const [count, height, width] = whole.shape;
        const details = bands.map((band, i) => {
          const gain = tf.slice(gains, [0, 0, 0, i], [count, height, width, 1]);
          return tf.mul(tf.sub(gain, 1), band);
        });
        const moved = tf.mul(
          tf.sub(tf.gather(pictures, other), tf.gather(pictures, own)),
          strength,
        );
        const change = tf.mul(face, tf.addN([...details, moved]));
        return tf.clipByValue(tf.add(whole, change), -1, 1) as tf.Tensor4D;
      }),
    dispose: () => tf.dispose([strengths, pictures, face]),
  };
}

/** What the prototype term of a run draws fakes to; null where it is off. @throws as {@link openPrototypes} */
export async function prototypesOf(
  config: TrainConfig,
  { rootFolder, lists }: TrainingData,
  terms: readonly LossTerm[],
): Promise<Prototypes | null> {
  if (!isNeeded(terms, 'prototype')) return null;
  const directory = path.dirname(config.source_file);
  const isDescribed = existsSync(path.join(directory, MANIFEST_FILE));
  return watchReading(
    'the mean faces of the groups',
    {
      seconds: config.loader_timeout,
      say: (line) => void process.stderr.write(`${line}\n`),
    },
    async () =>
      openPrototypes({
        rootFolder,
        imageSize: config.image_size,
        strength: config.prototype_strength,
        lists,
        manifest: isDescribed ? await readManifest(directory) : [],
      }),
  );
}
