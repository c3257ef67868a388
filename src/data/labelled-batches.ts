/** @file Batches of labelled pictures: for ever in training, which a resumed run enters where it left; once for the held-out ones. */

import path from 'node:path';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import { loadAlexNetImages, rowsOf } from './batches';
import type { Rows } from './batches';
import type { ClassificationData, LabelledPicture } from './classification-data';
import { decodeImage, shrinkImage } from '../images/image';
import { createRandom } from '../statistics/random';
import { augmentBatch, drawStrongAugmentation, UNCUT_SIZE } from './strong-augmentation';
import { watchDecoder, watched } from './stall-watch';
import type { WatchedDecoder } from './stall-watch';
import type { StallWatch } from '../images/reading';
import type { StrongAugmentation } from './strong-augmentation';

/** Decoded pictures of one batch; {@link toImageTensor} makes the tensor. */
export interface LabelledBatch {
  readonly pictures: readonly LabelledPicture[];
  /** [B,227,227,3] minus the mean; or [B,256,256,3] with what is still to be done to them. */
  readonly pixels:
    Float32Array | { readonly uncut: Uint8Array; readonly changes: readonly StrongAugmentation[] };
}

/** How batches are drawn. */
export interface BatchPlan {
  readonly batchSize: number;
  readonly seed: number;
  readonly isAugmented: boolean;
  /** Every class equally often. */
  readonly isBalanced: boolean;
  /** Batches that a resumed run has trained on: its finished steps. */
  readonly skipped: number;
  /** The part of every batch that is read, for a process that trains on it alone; all of it when absent. */
  readonly rows?: Rows | undefined;
  /** How many batches are passed over behind a finished step, since they led to losses that are no numbers; none when absent. */
  readonly leftOut?: ReadonlyMap<number, number>;
  /** Who is told of a batch that does not come; nobody when absent. */
  readonly watch?: StallWatch | undefined;
}

/** Batch i of a seed draws its changes as batch i + 7,919 of the seed before would: neighbouring seeds differ in every batch. */
const CHANGES_STREAM = 7919;

/** Pictures in random order for ever, each once an epoch; or balanced: classes in turn, each class's pictures once in its own epochs. */
function pictureStream(
  train: readonly LabelledPicture[],
  seed: number,
  isBalanced: boolean,
): () => LabelledPicture {
  const random = createRandom(seed);
  const cycle = <T>(items: readonly T[]): (() => T) => {
    let order: T[] = [];
    return () => {
      if (order.length === 0) order = random.shuffled(items);
      return order.pop() as T;
    };
  };
  if (!isBalanced) return cycle(train);
  const labels = [...new Set(train.map(({ label }) => label))];
  const byClass = new Map(
    labels.map(
      (label) => [label, cycle(train.filter((picture) => picture.label === label))] as const,
    ),
  );
  const nextLabel = cycle(labels);
  return () => (byClass.get(nextLabel()) as () => LabelledPicture)();
}

async function uncutPixels(
  file: string,
  detail: number,
  decode: WatchedDecoder['decode'],
): Promise<Uint8Array> {
  const side = (pixels: number) => ({ width: pixels, height: pixels });
  const image = await decode(file);
  const coarse = detail < UNCUT_SIZE ? await shrinkImage(image, side(detail)) : image;
  return (await shrinkImage(coarse, side(UNCUT_SIZE))).data;
}

async function loadBatch(
  root: string,
  pictures: readonly LabelledPicture[],
  changes: readonly StrongAugmentation[] | null,
  decode: WatchedDecoder['decode'],
): Promise<LabelledBatch> {
  const files = pictures.map(({ name }) => path.join(root, name));
  if (changes === null) return { pictures, pixels: await loadAlexNetImages(files, null, decode) };
  const parts = await Promise.all(
    files.map((file, i) => uncutPixels(file, changes[i]?.detail ?? UNCUT_SIZE, decode)),
  );
  return { pictures, pixels: { uncut: Buffer.concat(parts), changes } };
}

/** Batches for ever; the next one is decoded while this one is computed on. @throws UserError when a picture cannot be decoded */
export async function* trainingBatches(
  { rootFolder, train }: ClassificationData,
  plan: BatchPlan,
): AsyncGenerator<LabelledBatch, never> {
  const { batchSize, seed, isAugmented, isBalanced, skipped, rows } = plan;
  const { watch = { seconds: 0, say: () => undefined } } = plan;
  const next = pictureStream(train, seed, isBalanced);
  const { leftOut } = plan;
  /** Finished steps before the next batch, and batches of any kind before it. */
  let step = 0;
  let index = 0;
  const take = (): LabelledPicture[] => {
    index++;
    return Array.from({ length: batchSize }, next);
  };
  const takeNext = (): LabelledPicture[] => {
    for (let left = leftOut?.get(step) ?? 0; left > 0; left--) take();
    step++;
    return take();
  };
  while (step < skipped) takeNext();
  const load = (): { batch: Promise<LabelledBatch>; decoder: WatchedDecoder } => {
    const pictures = takeNext();
    // a stream for each batch: what is done to it does not depend on where the run was resumed
    const random = createRandom((Math.imul(seed, CHANGES_STREAM) + index - 1) | 0);
    const decoder = watchDecoder();
    const changes = isAugmented ? pictures.map(() => drawStrongAugmentation(random)) : null;
    const batch = loadBatch(
      rootFolder,
      rowsOf(pictures, rows),
      changes && rowsOf(changes, rows),
      decoder.decode,
    );
    // an error is thrown when its batch is asked for
    batch.catch(() => undefined);
    return { batch, decoder };
  };
  let ahead = load();
  for (;;) {
    const batch = await watched(ahead.batch, ahead.decoder, watch);
    ahead = load();
    yield batch;
  }
}

/** Pictures once, in order, as they are. */
export async function* plainBatches(
  root: string,
  pictures: readonly LabelledPicture[],
  batchSize: number,
): AsyncGenerator<LabelledBatch> {
  for (let start = 0; start < pictures.length; start += batchSize)
    yield await loadBatch(root, pictures.slice(start, start + batchSize), null, (file) =>
      decodeImage(file),
    );
}

/** [B,227,227,3], RGB 0..255 minus the mean; the caller disposes. */
export function toImageTensor({ pictures, pixels }: LabelledBatch): tf.Tensor4D {
  if ('uncut' in pixels) return augmentBatch(pixels.uncut, pixels.changes);
  return tf.tensor4d(pixels, [pictures.length, ALEXNET_SIZE, ALEXNET_SIZE, 3]);
}
