/** @file A prepared data set for programs: what it says of itself, its faces, and batches of its training pictures. */

import path from 'node:path';
import { UserError } from '../errors';
import { createBatchLoader } from './batches';
import type { BatchLoader } from './batches';
import { readDataset } from './dataset';
import type { Dataset } from './dataset';
import { LIST_FILES, readLabelPairs, readList } from './lists';
import { readManifest } from './manifest';
import type { ManifestEntry } from './manifest';
import { createSampler } from './sampler';
import type { Sampler, SamplerLists, SamplerSettings } from './sampler';

/** A picture of a data set. */
export interface DatasetFace extends ManifestEntry {
  /** Where it lies. */
  readonly file: string;
}

/** Which batches are drawn. */
export interface BatchSettings extends Partial<SamplerSettings> {
  /** Height and width of the pictures, in pixels. */
  readonly imageSize: number;
  readonly batchSize: number;
  /** Whether sources also come at 227², for AlexNet; false when absent. */
  readonly withSource227?: boolean;
}

/** An open data set. */
export interface OpenDataset extends Dataset {
  /** Names of the age groups, the youngest first. */
  readonly groupNames: readonly string[];
  /** All of them, in the manifest's order; `split` says the part. */
  readonly faces: readonly DatasetFace[];
  /**
   * Batches of training pictures for ever, decoded ahead, drawn by the rules of the original.
   * @throws UserError when a list is missing or malformed, or a group cannot fill a batch
   */
  batches(settings: BatchSettings): Promise<BatchLoader>;
}

const FIRST_SEED = 1;

/** Where a data set's pictures are, if they have moved. */
export interface OpenDatasetSettings {
  /** What the names in its lists are relative to; where the data set says that they are when absent. */
  readonly rootFolder?: string;
}

/** @throws UserError that names the directory where its lists do not do */
function samplerOf(directory: string, lists: SamplerLists, settings: SamplerSettings): Sampler {
  try {
    return createSampler(lists, settings);
  } catch (cause) {
    throw cause instanceof UserError
      ? new UserError(`${directory}: ${cause.message}`, { cause })
      : cause;
  }
}

/** @throws UserError when the directory holds no finished data set, or a line of its manifest is none */
export async function openDataset(
  directory: string,
  { rootFolder: moved }: OpenDatasetSettings = {},
): Promise<OpenDataset> {
  const dataset = await readDataset(directory, moved ?? null);
  const { rootFolder, groupNames } = dataset;
  const entries = await readManifest(directory);
  const listed = async (file: string): Promise<string[]> =>
    (await readList(path.join(directory, file))).map(({ name }) => name);
  return {
    ...dataset,
    groupNames,
    faces: entries.map((entry) => ({ ...entry, file: path.join(rootFolder, entry.path) })),
    batches: async ({ imageSize, withSource227 = false, ...drawn }) => {
      const lists = {
        sources: await listed(LIST_FILES.sources('train')),
        groups: await Promise.all(
          groupNames.map((_, group) => listed(LIST_FILES.group('train', group))),
        ),
        pairs: await readLabelPairs(path.join(directory, LIST_FILES.pairs), groupNames.length),
      };
      const settings = {
        seed: FIRST_SEED,
        freshSources: false,
        isAugmented: false,
        isLabelledByPicture: false,
        ...drawn,
      };
      const sampler = samplerOf(directory, lists, settings);
      return createBatchLoader(sampler, { rootFolder, imageSize, withSource227 });
    },
  };
}
