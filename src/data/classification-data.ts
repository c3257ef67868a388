/** @file Labelled pictures for a classifier: people, or age groups; and batches of them. */

import path from 'node:path';
import { UserError } from '../errors';
import { loadAlexNetImages } from './batches';
import type { Dataset } from './prepare/dataset';
import { LIST_FILES, readList } from './lists';
import type { ListEntry } from './lists';
import { readManifest } from './manifest';
import { createRandom } from './random';
import type { Random } from './random';

/** Pictures with their classes, in two parts that share no picture. */
export interface ClassificationData {
  readonly rootFolder: string;
  readonly classes: readonly string[];
  readonly train: readonly ListEntry[];
  readonly heldOut: readonly ListEntry[];
}

/** Pixels and classes of one batch. */
export interface LabelledBatch {
  /** [B,227,227,3], RGB 0..255 minus the mean. */
  readonly images: Float32Array;
  readonly labels: readonly number[];
}

/** Every tenth picture of a person is held out. */
const HOLD_OUT_EVERY = 10;
const FEWEST_PEOPLE = 2;

/** Age groups as classes; held out is the data set's own test half. */
export async function ageClasses({ directory, rootFolder, ageBounds }: Dataset): Promise<ClassificationData> {
  const [train, heldOut] = [
    await readList(path.join(directory, LIST_FILES.sources('train'))),
    await readList(path.join(directory, LIST_FILES.sources('test'))),
  ];
  return { rootFolder, classes: Array.from({ length: ageBounds.length + 1 }, (_, group) => String(group)), train, heldOut };
}

/**
 * People as classes, as the manifest of the training half names them; every tenth picture of a person is held out.
 * @throws UserError when the names tell no people apart
 */
export async function identityClasses({ directory, rootFolder }: Dataset): Promise<ClassificationData> {
  const byPerson = new Map<string, string[]>();
  for (const { path: name, identity, split } of await readManifest(directory))
    if (identity !== null && split === 'train') byPerson.set(identity, [...(byPerson.get(identity) ?? []), name]);
  if (byPerson.size < FEWEST_PEOPLE) {
    throw new UserError(
      `--task=identity: expected named people in ${directory}, got ${byPerson.size}. Use a data set with names, such as CACD.`,
    );
  }
  const people = [...byPerson.keys()].sort();
  const labelled = people.flatMap((person, label) =>
    (byPerson.get(person) ?? []).map((name, i) => ({ name, label, isHeldOut: i % HOLD_OUT_EVERY === HOLD_OUT_EVERY - 1 })),
  );
  const part = (isHeldOut: boolean): ListEntry[] =>
    labelled.filter((entry) => entry.isHeldOut === isHeldOut).map(({ name, label }) => ({ name, label }));
  return { rootFolder, classes: people, train: part(false), heldOut: part(true) };
}

async function loadLabelled(rootFolder: string, entries: readonly ListEntry[], random: Random | null): Promise<LabelledBatch> {
  return {
    images: await loadAlexNetImages(
      entries.map(({ name }) => path.join(rootFolder, name)),
      random,
    ),
    labels: entries.map(({ label }) => label),
  };
}

/** Batches for ever, in epochs of random order, changed at random where asked for; the next one is decoded while this one is computed on. */
export async function* trainingBatches(
  { rootFolder, train }: ClassificationData,
  batchSize: number,
  seed: number,
  isAugmented: boolean,
): AsyncGenerator<LabelledBatch, never> {
  const random = createRandom(seed);
  let order: ListEntry[] = [];
  const take = (): ListEntry[] => {
    const taken: ListEntry[] = [];
    while (taken.length < batchSize) {
      if (order.length === 0) order = random.shuffled(train);
      taken.push(...order.splice(0, batchSize - taken.length));
    }
    return taken;
  };
  // a stream of its own: the order of the pictures is the same with and without changes
  const changes = isAugmented ? createRandom(seed + 1) : null;
  let ahead = loadLabelled(rootFolder, take(), changes);
  for (;;) {
    const batch = await ahead;
    ahead = loadLabelled(rootFolder, take(), changes);
    // an error is thrown when its batch is asked for
    ahead.catch(() => undefined);
    yield batch;
  }
}

/** The held-out pictures once, in order. */
export async function* heldOutBatches({ rootFolder, heldOut }: ClassificationData, batchSize: number): AsyncGenerator<LabelledBatch> {
  for (let start = 0; start < heldOut.length; start += batchSize)
    yield await loadLabelled(rootFolder, heldOut.slice(start, start + batchSize), null);
}
