/** @file The faces that a run is watched on: sample grids and held-out loss terms, always of the same pictures. */

import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeDurably } from '../files/durable-write';
import { moveDirectory } from '../files/whole-directory';
import type { EventWriter } from 'tensorboard-logger-ts';
import { ALEXNET_SIZE } from '../images/pixel-range';
import type { CompileMode } from '../config/verbs/common';
import { compile } from '../engine/function/compiled';
import type { Compiled, Tensors } from '../engine/function/compiled';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { loadAlexNetImages, loadTestImages } from '../data/batches';
import { encodeJpeg, encodePng } from '../images/image';
import { spread } from '../data/spread';
import { MEAN_RGB } from '../images/pixel-range';
import { showFaces, toImages, toMaskImages } from '../ageing/age-faces';
import type { RgbImage } from '../images/pixels';
import { oneHotLabels, sameLabel } from '../models/age-condition';
import { heldOutMetricOf } from '../losses/term';
import type { LossTerm } from '../losses/term';
import { reasonAgainst } from './compiled-step';
import { generate } from './forward';
import type { Networks } from './forward';
import { generatedBatch } from './objective-gradients';
import { imageGrid } from '../images/image-grid';
import { SAMPLE_GRID } from './training-data';

/** Faces that the terms are measured on at a time: memory stays that of so few, and so does what batch norm sees. */
const MEASURED_AT_A_TIME = 8;

/** Indices of `count` of `all` faces, from everywhere in the list, which often is in the order of ages. */
const spreadIndices = (all: number, count: number): number[] =>
  spread([...new Array<undefined>(all).keys()], count);

/** Parts of nearly one size, none larger than {@link MEASURED_AT_A_TIME}. @param count of what is to be measured */
function partsOf(count: number): readonly (readonly [start: number, end: number])[] {
  const parts = Math.ceil(count / MEASURED_AT_A_TIME);
  const startOf = (part: number): number => Math.floor((part * count) / parts);
  return Array.from({ length: parts }, (_, part) => [startOf(part), startOf(part + 1)]);
}

/** The fixed faces as tensors; whoever opened them disposes them. */
export interface HeldOutFaces {
  /** [N,S,S,3], RGB 0..255 minus the mean. */
  readonly sources: tf.Tensor4D;
  /** Indices of the M faces that the terms are measured on. */
  readonly measured: readonly number[];
  /** φ of these, [M,…] in their order; null where no identity loss needs it. */
  readonly features: tf.Tensor | null;
}

/** Unweighted terms on held-out faces by the names of their metrics; null when a term is off. */
export type HeldOutTerms = Readonly<Record<string, number | null>>;

/** φ of some pictures, [M,…], looked at few at a time. */
async function featuresOf(extractor: tf.LayersModel, files: readonly string[]): Promise<tf.Tensor> {
  const parts: tf.Tensor[] = [];
  for (const [start, end] of partsOf(files.length)) {
    const pixels = await loadAlexNetImages(files.slice(start, end));
    parts.push(
      tf.tidy(
        () =>
          extractor.predictOnBatch(
            tf.tensor4d(pixels, [end - start, ALEXNET_SIZE, ALEXNET_SIZE, 3]),
          ) as tf.Tensor,
      ),
    );
  }
  const features = tf.concat(parts);
  tf.dispose(parts);
  return features;
}

/** Loads the held-out faces. @param files paths of the pictures */
export async function openHeldOut(
  files: readonly string[],
  { image_size: size, held_out_faces: most }: Pick<TrainConfig, 'image_size' | 'held_out_faces'>,
  extractor: tf.LayersModel | null,
): Promise<HeldOutFaces> {
  const measured = spreadIndices(files.length, most);
  const sources = tf.tensor4d(await loadTestImages(files, size), [files.length, size, size, 3]);
  const names = measured.flatMap((i) => files[i] ?? []);
  return { sources, measured, features: extractor ? await featuresOf(extractor, names) : null };
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

/** Measures the terms that are measured on held-out faces, again and again. */
export interface HeldOutMeter {
  /**
   * On `held_out_faces` of them, evenly spread, each shown at a group of its own; moves nothing. Faces are taken at most eight at a time, and
   * normalised by batches like those of training: these at all groups in one for `labels=picture`, a batch for each group otherwise.
   */
  measure(): Promise<HeldOutTerms>;
  dispose(): void;
}

/** The faces' groups, and how they are shown. */
type MeterConfig = Pick<TrainConfig, 'age_groups' | 'labels'> & {
  readonly compile?: CompileMode;
};

/** Opens it for networks that nobody replaces meanwhile. */
export function openHeldOutMeter(
  { generator, perceptual }: Pick<Networks, 'generator' | 'perceptual'>,
  { sources, measured: chosen, features }: HeldOutFaces,
  terms: readonly LossTerm[],
  { age_groups: ageGroups, labels, compile: mode = 'auto' }: MeterConfig,
): HeldOutMeter {
  const measured = terms.filter(({ isHeldOut }) => isHeldOut === true);
  const on = measured.filter(({ weight }) => weight > 0);
  const count = chosen.length;
  const groupsOf = ([start, end]: readonly [number, number]): number[] =>
    Array.from({ length: end - start }, (_, i) => (start + i) % ageGroups);

  /** @param groups of the faces, which the label holds too */
  const compute = (groups: readonly number[], tensors: Tensors): Tensors => {
    const source = tensors.source as tf.Tensor4D;
    const trueLabel = tensors.label as tf.Tensor2D;
    const showAt = (group: number): tf.Tensor4D =>
      generate(generator, source, sameLabel(group, groups.length, ageGroups), 0);
    const fake =
      labels === 'picture'
        ? generate(generator, source, trueLabel, 0)
        : pickFromBatches(groups, showAt);
    const batch = generatedBatch(
      { perceptual },
      { source, trueLabel },
      fake,
      tensors.features ?? null,
    );
    return Object.fromEntries(on.map((term) => [term.name, term.compute(batch)]));
  };
  const settings = { label: 'ipcgan_held_out', off: reasonAgainst(mode, on) };
  // the groups of a part are part of the computation where each is a batch of its own
  const compiled = new Map<string, Compiled<Tensors>>();
  const compiledFor = (groups: readonly number[]): Compiled<Tensors> => {
    const key = labels === 'picture' ? '' : groups.join();
    const made =
      compiled.get(key) ?? compile(settings, (tensors: Tensors) => compute(groups, tensors));
    compiled.set(key, made);
    return made;
  };

  /** Means of the terms over some of the measured faces, the first of which is at `start` of all; in the order of the terms. */
  async function meansOf([start, end]: readonly [number, number]): Promise<number[]> {
    const groups = groupsOf([start, end]);
    const tensors = tf.tidy(() => ({
      source: tf.gather(sources, tf.tensor1d(chosen.slice(start, end), 'int32')),
      label: oneHotLabels(groups, ageGroups),
      ...(features ? { features: tf.gather(features, tf.range(start, end, 1, 'int32')) } : {}),
    }));
    const key = labels === 'picture' ? `${groups.length}` : '';
    try {
      const computed = compiledFor(groups).call({ key, tensors, numbers: {} });
      const means: number[] = [];
      for (const { name } of on) means.push((await computed[name]?.data())?.[0] ?? NaN);
      tf.dispose(Object.values(computed).filter((tensor) => tensor !== null));
      return means;
    } finally {
      tf.dispose(Object.values(tensors));
    }
  }

  return {
    measure: async () => {
      const values = Object.fromEntries(
        measured.map((term): [string, number | null] => [heldOutMetricOf(term), null]),
      );
      if (on.length === 0) return values;
      const sums = on.map(() => 0);
      for (const part of partsOf(count)) {
        const means = await meansOf(part);
        // parts differ in size by one at most, but they do differ
        for (const [i, mean] of means.entries())
          sums[i] = (sums[i] ?? 0) + mean * (part[1] - part[0]);
      }
      for (const [i, term] of on.entries())
        values[heldOutMetricOf(term)] = (sums[i] ?? NaN) / count;
      return values;
    },
    dispose: () => {
      for (const one of compiled.values()) one.dispose();
    },
  };
}

/** Sources back in [-1, 1], to be shown. */
const shownSources = (sources: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() => tf.sub(tf.div(tf.add(sources, tf.tensor1d([...MEAN_RGB])), 127.5), 1));

/**
 * Writes `source.jpg`, `test_0.jpg` … and, of a generator that has masks, `mask_0.jpg` … to `directory/STEP/`, grids of 4 × 8 faces, and shows them in TensorBoard.
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
  const write = async (name: string, pictures: readonly RgbImage[]): Promise<void> => {
    const grid = imageGrid(pictures, SAMPLE_GRID.rows, SAMPLE_GRID.columns);
    await writeDurably(path.join(temporary, `${name}.jpg`), await encodeJpeg(grid));
    writer.image(
      `samples/${name}`,
      { png: await encodePng(grid), width: grid.width, height: grid.height },
      step,
    );
  };
  const by = labels === 'picture' ? 'moving' : 'batch';
  const shown = spreadIndices(faces.sources.shape[0], SAMPLE_GRID.rows * SAMPLE_GRID.columns);
  const sources = tf.tidy(() => tf.gather(faces.sources, tf.tensor1d(shown, 'int32')));
  try {
    const shown = shownSources(sources);
    await write('source', await toImages(shown).finally(() => shown.dispose()));
    for (let group = 0; group < ageGroups; group++) {
      const { fake, mask } = showFaces(generator, sources, group, by);
      await write(`test_${group}`, await toImages(fake).finally(() => fake.dispose()));
      if (mask)
        await write(`mask_${group}`, await toMaskImages(mask).finally(() => mask.dispose()));
    }
  } finally {
    sources.dispose();
  }
  await rm(target, { recursive: true, force: true });
  // on the disk before the checkpoint of this step: a run that goes on from there writes none of them again
  await moveDirectory(temporary, target);
}

/** Histograms of all weights of both networks. */
export async function writeHistograms(
  weights: ReadonlyMap<string, tf.Variable>,
  step: number,
  writer: EventWriter,
): Promise<void> {
  for (const [name, variable] of weights) writer.histogram(name, await variable.data(), step);
}
