/** @file Opens the lists that a run trains on, and checks them before anything heavy loads. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import type { TrainConfig } from '../config/schema';
import { readDataset } from '../data/prepare/dataset';
import { checkListedFiles, LIST_FILES, readLabelPairs, readList } from '../data/lists';
import type { ListEntry } from '../data/lists';
import type { SamplerLists } from '../data/sampler';
import { createSampler } from '../data/sampler';

/** Everything of a data set that training needs. */
export interface TrainingData {
  readonly rootFolder: string;
  readonly lists: SamplerLists;
  /** Names of pictures that samples show and held-out terms are measured on; training pictures where there is no test list. */
  readonly heldOut: readonly string[];
  readonly ageBounds: readonly number[];
}

/** Pictures on a sample grid. */
const MOST_HELD_OUT = 32;

interface Paths {
  readonly rootFolder: string;
  readonly sourceFile: string;
  readonly ageBounds: readonly number[];
}

async function pathsOf(config: TrainConfig): Promise<Paths> {
  if (config.data === null) return { rootFolder: config.root_folder, sourceFile: config.source_file, ageBounds: config.age_bounds };
  const dataset = await readDataset(config.data);
  return { rootFolder: dataset.rootFolder, sourceFile: path.join(config.data, LIST_FILES.sources('train')), ageBounds: dataset.ageBounds };
}

/** Evenly spread over the list, so that every part of it is seen. */
function spread<T>(items: readonly T[], count: number): T[] {
  const taken = Math.min(count, items.length);
  return Array.from({ length: taken }, (_, i) => items[Math.floor((i * items.length) / taken)] as T);
}

/**
 * Reads and checks the lists of a run.
 * @throws UserError when a list is missing or malformed, names a picture that is not there, or cannot fill a batch
 */
export async function openTrainingData(config: TrainConfig): Promise<TrainingData> {
  const { rootFolder, sourceFile, ageBounds } = await pathsOf(config);
  if (ageBounds.length !== config.age_groups - 1) {
    throw new UserError(
      `--age_groups: expected ${ageBounds.length + 1} as the data has them, got ${config.age_groups}. Use --age_groups=${ageBounds.length + 1}.`,
    );
  }
  const directory = path.dirname(sourceFile);
  const checked = async (file: string): Promise<ListEntry[]> => {
    const entries = await readList(file);
    checkListedFiles(file, entries, rootFolder);
    return entries;
  };
  const names = (entries: readonly ListEntry[]): string[] => entries.map(({ name }) => name);
  const groups: string[][] = [];
  for (let group = 0; group < config.age_groups; group++)
    groups.push(names(await checked(path.join(directory, LIST_FILES.group('train', group)))));
  const sources = names(await checked(sourceFile));
  const pairs = await readLabelPairs(path.join(directory, LIST_FILES.pairs), config.age_groups);
  const testFile = path.join(directory, LIST_FILES.sources('test'));
  const test = existsSync(testFile) ? names(await checked(testFile)) : [];
  const lists = { sources, groups, pairs };
  // fails now, not after the engine has loaded, where a group cannot fill a batch
  createSampler(lists, { batchSize: config.batch_size, seed: config.seed, freshSources: config.fresh_sources });
  return { rootFolder, lists, heldOut: spread(test.length > 0 ? test : sources, MOST_HELD_OUT), ageBounds };
}
