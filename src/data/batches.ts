/** @file Turns the sampler's names into pixels, ahead of the step that needs them. */

import path from 'node:path';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { augmentImage, drawAugmentation } from './augment';
import { decodeImage } from '../images/image';
import { createRandom } from '../statistics/random';
import type { Random } from '../statistics/random';
import type { Sampler, SamplerState, StepPlan } from './sampler';
import { watchDecoder, watched } from './stall-watch';
import type { WatchedDecoder } from './stall-watch';
import type { StallWatch } from '../images/reading';
import type { RgbImage } from '../images/pixels';
import { subtractMean, toUnitRange } from '../images/pixels';
import { resizeBilinearLegacy, resizeOpenCv } from '../images/resize';

/** Sources as both networks take them: RGB 0..255 minus the mean. */
export interface SourcePixels {
  /** [B,S,S,3]. */
  readonly source: Float32Array;
  /** [B,227,227,3], or null where no identity loss needs it. */
  readonly source227: Float32Array | null;
  /** As the lists name them. */
  readonly sourceNames: readonly string[];
}

/** The pixels of one step. */
export interface Batch extends SourcePixels {
  /** [B,S,S,3] in [-1, 1]. */
  readonly real: Float32Array;
  /** One for each picture. */
  readonly trueLabels: readonly number[];
  readonly falseLabels: readonly number[];
  /** Other sources for the generator's update, or null. */
  readonly generatorSource: SourcePixels | null;
  /** Every picture that it was made of, as the lists name it. */
  readonly names: readonly string[];
  /** Where the sampler stood after this batch: what a checkpoint of this step keeps, not where prefetching has got to. */
  readonly samplerState: SamplerState;
}

/** What the loader reads. */
export interface LoaderSettings {
  readonly rootFolder: string;
  readonly imageSize: number;
  readonly withSource227: boolean;
  /** The part of every batch that is read, for a process that trains on it alone; all of it when absent. */
  readonly rows?: Rows | undefined;
  /** Who is told of a batch that does not come; nobody when absent. */
  readonly watch?: StallWatch | undefined;
}

/** Pictures of a batch, one behind the other. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/** Those of a list that has something for every picture of a batch. */
export const rowsOf = <T>(list: readonly T[], rows: Rows | undefined): readonly T[] =>
  rows ? list.slice(rows.first, rows.first + rows.count) : list;

/** Yields batches for ever. */
export interface BatchLoader {
  /** @throws UserError when a picture cannot be decoded */
  next(): Promise<Batch>;
}

/** Batches in flight: one is computed on while the next is decoded. */
const AHEAD = 2;

/** Arrays end to end. */
export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Decodes pictures; with a random generator, each is changed in its own way. @param rows of them that are wanted */
function decodeAll(
  root: string,
  names: readonly string[],
  random: Random | null,
  decode: WatchedDecoder['decode'],
  rows?: Rows,
): Promise<RgbImage[]> {
  // drawn in order, before anything is awaited: the same whatever is decoded first, and whoever decodes the others
  const drawn = names.map(() => (random ? drawAugmentation(random) : null));
  const changes = rowsOf(drawn, rows);
  return Promise.all(
    rowsOf(names, rows).map(async (name, i) => {
      const image = await decode(path.join(root, name));
      const change = changes[i];
      return change ? augmentImage(image, change) : image;
    }),
  );
}

/** Training sources by TensorFlow 1's resize. */
async function loadSources(
  { rootFolder, imageSize, withSource227, rows }: LoaderSettings,
  names: readonly string[],
  random: Random | null,
  decode: WatchedDecoder['decode'],
): Promise<SourcePixels> {
  const images = await decodeAll(rootFolder, names, random, decode, rows);
  const resized = (size: number): Float32Array =>
    concatenated(images.map((image) => subtractMean(resizeBilinearLegacy(image, size))));
  return {
    source: resized(imageSize),
    source227: withSource227 ? resized(ALEXNET_SIZE) : null,
    sourceNames: rowsOf(names, rows),
  };
}

async function loadBatch(
  settings: LoaderSettings,
  plan: StepPlan,
  samplerState: SamplerState,
  decode: WatchedDecoder['decode'],
): Promise<Batch> {
  const random = plan.augmentationSeed === null ? null : createRandom(plan.augmentationSeed);
  const [sources, generatorSource, realImages] = await Promise.all([
    loadSources(settings, plan.sources, random, decode),
    plan.generatorSources ? loadSources(settings, plan.generatorSources, random, decode) : null,
    decodeAll(settings.rootFolder, plan.real, random, decode, settings.rows),
  ]);
  const real = concatenated(
    realImages.map((image) => toUnitRange(resizeOpenCv(image, settings.imageSize))),
  );
  return {
    ...sources,
    real,
    trueLabels: rowsOf(plan.trueLabels, settings.rows),
    falseLabels: rowsOf(plan.falseLabels, settings.rows),
    generatorSource,
    names: [...new Set([...plan.sources, ...(plan.generatorSources ?? []), ...plan.real])],
    samplerState,
  };
}

/** Decodes in sharp's threads while the engine computes. */
export function createBatchLoader(sampler: Sampler, settings: LoaderSettings): BatchLoader {
  const { watch = { seconds: 0, say: () => undefined } } = settings;
  const queue: { readonly batch: Promise<Batch>; readonly decoder: WatchedDecoder }[] = [];
  const fill = (): void => {
    while (queue.length < AHEAD) {
      const plan = sampler.next();
      const decoder = watchDecoder();
      const batch = loadBatch(settings, plan, sampler.state(), decoder.decode);
      // a broken picture is reported by the step that needs it, not as an unhandled rejection before
      batch.catch(() => undefined);
      queue.push({ batch, decoder });
    }
  };
  return {
    next: async () => {
      fill();
      const { batch, decoder } = queue.shift() as (typeof queue)[number];
      const loaded = await watched(batch, decoder, watch);
      fill();
      return loaded;
    },
  };
}

/** Pictures to be aged, [B,S,S,3], RGB 0..255 minus the mean, by OpenCV's resize as the original's test has it. */
export async function loadTestImages(
  files: readonly string[],
  imageSize: number,
): Promise<Float32Array> {
  const images = await Promise.all(files.map((file) => decodeImage(file)));
  return concatenated(images.map((image) => subtractMean(resizeOpenCv(image, imageSize))));
}

/** Pictures for AlexNet alone, [B,227,227,3], RGB 0..255 minus the mean; with a random generator, each changed in its own way. */
export async function loadAlexNetImages(
  files: readonly string[],
  random: Random | null = null,
  decode: WatchedDecoder['decode'] = (file) => decodeImage(file),
): Promise<Float32Array> {
  const images = await decodeAll('', files, random, decode);
  return concatenated(
    images.map((image) => subtractMean(resizeBilinearLegacy(image, ALEXNET_SIZE))),
  );
}
