/** @file The faces that a run is watched on: sample grids and held-out loss terms, always of the same pictures. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EventWriter } from 'tensorboard-logger-ts';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { loadAlexNetImages, loadTestImages } from '../data/batches';
import { encodeJpeg, encodePng, fromUnitRange } from '../images/image';
import { spread } from '../data/spread';
import type { RgbImage } from '../images/image';
import { MEAN_RGB } from '../images/pixel-range';
import { ageByBatchStatistics, ageByMovingAverages } from '../ageing/age-faces';
import { oneHotLabels, sameLabel } from '../models/age-condition';
import { heldOutMetricOf } from '../losses/term';
import type { LossTerm } from '../losses/term';
import { generate } from './forward';
import type { Networks } from './forward';
import { generatedBatch } from './objective-gradients';
import { imageGrid } from '../images/image-grid';

/** Grid of a sample picture. */
const [ROWS, COLUMNS] = [4, 8];
/** Faces that the held-out terms are measured on at every logged step. */
const MEASURED = 8;
/** Which of `count` faces: from everywhere in the list, which often is in the order of ages. */
const measuredOf = (count: number): number[] =>
  spread(
    Array.from({ length: count }, (_, i) => i),
    MEASURED,
  );

/** The fixed faces as tensors; whoever opened them disposes them. */
export interface HeldOutFaces {
  /** [N,S,S,3], RGB 0..255 minus the mean. */
  readonly sources: tf.Tensor4D;
  /** φ of those that the terms are measured on; null where no identity loss needs it. */
  readonly features: tf.Tensor | null;
}

/** Unweighted terms on held-out faces by the names of their metrics; null when a term is off. */
export type HeldOutTerms = Readonly<Record<string, number | null>>;

/** Loads the held-out faces. @param files paths of the pictures */
export async function openHeldOut(
  files: readonly string[],
  imageSize: number,
  extractor: tf.LayersModel | null,
): Promise<HeldOutFaces> {
  const measured = measuredOf(files.length).flatMap((i) => files[i] ?? []);
  const pixels = extractor ? await loadAlexNetImages(measured) : null;
  return {
    sources: tf.tensor4d(await loadTestImages(files, imageSize), [
      files.length,
      imageSize,
      imageSize,
      3,
    ]),
    features:
      extractor && pixels
        ? tf.tidy(
            () =>
              extractor.predictOnBatch(
                tf.tensor4d(pixels, [measured.length, ALEXNET_SIZE, ALEXNET_SIZE, 3]),
              ) as tf.Tensor,
          )
        : null,
  };
}

/** Picture i of the batch that is shown at its group. */
function pickFromBatches(
  groups: readonly number[],
  showAt: (group: number) => tf.Tensor4D,
): tf.Tensor4D {
  const batches = new Map(
    [...new Set(groups)].map((group) => [group, tf.unstack(showAt(group)) as tf.Tensor3D[]]),
  );
  return tf.stack(groups.flatMap((group, i) => batches.get(group)?.[i] ?? [])) as tf.Tensor4D;
}

/**
 * The terms that are measured on held-out faces, on eight of them, evenly spread, each shown at a group of its own; moves nothing.
 * Normalised by batches like those of training: faces at all groups in one for `labels=picture`, a batch for each group otherwise.
 */
export async function heldOutTerms(
  { generator, perceptual }: Pick<Networks, 'generator' | 'perceptual'>,
  faces: HeldOutFaces,
  terms: readonly LossTerm[],
  { age_groups: ageGroups, labels }: Pick<TrainConfig, 'age_groups' | 'labels'>,
): Promise<HeldOutTerms> {
  const measured = terms.filter(({ isHeldOut }) => isHeldOut === true);
  const on = measured.filter(({ weight }) => weight > 0);
  const values = Object.fromEntries(
    measured.map((term): [string, number | null] => [heldOutMetricOf(term), null]),
  );
  if (on.length === 0) return values;
  const chosen = measuredOf(faces.sources.shape[0]);
  const computed = tf.tidy(() => {
    const source: tf.Tensor4D = tf.gather(faces.sources, tf.tensor1d(chosen, 'int32'));
    const groups = chosen.map((_, i) => i % ageGroups);
    const trueLabel = oneHotLabels(groups, ageGroups);
    const showAt = (group: number): tf.Tensor4D =>
      generate(generator, source, sameLabel(group, groups.length, ageGroups), 0);
    const fake =
      labels === 'picture'
        ? generate(generator, source, trueLabel, 0)
        : pickFromBatches(groups, showAt);
    const batch = generatedBatch({ perceptual }, { source, trueLabel }, fake, faces.features);
    return on.map((term) => term.compute(batch));
  });
  for (const [i, term] of on.entries())
    values[heldOutMetricOf(term)] = (await computed[i]?.data())?.[0] ?? null;
  tf.dispose(computed);
  return values;
}

async function toImages(pictures: tf.Tensor4D): Promise<RgbImage[]> {
  const [count, height, width] = pictures.shape;
  const data = fromUnitRange(await pictures.data());
  return Array.from({ length: count }, (_, i) => ({
    data: data.subarray(i * height * width * 3, (i + 1) * height * width * 3),
    width,
    height,
  }));
}

/** Sources back in [-1, 1], to be shown. */
const shownSources = (sources: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() => tf.sub(tf.div(tf.add(sources, tf.tensor1d([...MEAN_RGB])), 127.5), 1));

/**
 * Writes `source.jpg` and `test_0.jpg` … to `directory/STEP/`, grids of 4 × 8 faces, and shows them in TensorBoard.
 * Each grid is of one group and normalised by its own batch, as the original's; a generator that never saw a batch of one group in
 * training (`--labels=picture`) would not see the label there, and is shown by its moving averages.
 * The directory appears whole or not at all.
 */
export async function writeSamples(
  generator: tf.LayersModel,
  faces: HeldOutFaces,
  { age_groups: ageGroups, labels }: Pick<TrainConfig, 'age_groups' | 'labels'>,
  directory: string,
  step: number,
  writer: EventWriter,
): Promise<void> {
  const target = path.join(directory, String(step));
  // the run is locked: one name is enough, and a killed process's remains go with the next attempt
  const temporary = `${target}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const write = async (name: string, pictures: tf.Tensor4D): Promise<void> => {
    const grid = imageGrid(await toImages(pictures), ROWS, COLUMNS);
    pictures.dispose();
    await writeFile(path.join(temporary, `${name}.jpg`), await encodeJpeg(grid));
    writer.image(
      `samples/${name}`,
      { png: await encodePng(grid), width: grid.width, height: grid.height },
      step,
    );
  };
  const show = labels === 'picture' ? ageByMovingAverages : ageByBatchStatistics;
  await write('source', shownSources(faces.sources));
  for (let group = 0; group < ageGroups; group++)
    await write(`test_${group}`, show(generator, faces.sources, group));
  await rm(target, { recursive: true, force: true });
  await rename(temporary, target);
}

/** Histograms of all weights of both networks. */
export async function writeHistograms(
  weights: ReadonlyMap<string, tf.Variable>,
  step: number,
  writer: EventWriter,
): Promise<void> {
  for (const [name, variable] of weights) writer.histogram(name, await variable.data(), step);
}
