/** @file Opens the lists that a run trains on, and checks them before anything heavy loads. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { defaultOf } from '../config/key';
import { deepFreeze } from '../config/load';
import { VERB_KEYS } from '../config/schema';
import type { TrainConfig } from '../config/schema';
import { noValidationNote, readDataset } from '../data/dataset';
import { checkHeaders, checkWhole } from '../data/check-pictures';
import type { PictureList } from '../data/check-pictures';
import {
  checkListedFiles,
  LIST_FILES,
  readLabelPairs,
  readList,
  withNamesOnDisc,
} from '../data/lists';
import type { ListEntry, Split } from '../data/lists';
import { verifyDataset } from '../data/verify-dataset';
import { MANIFEST_FILE, readManifest } from '../data/manifest';
import { createSampler } from '../data/sampler';
import type { SamplerLists, SamplerSettings } from '../data/sampler';
import { spread } from '../data/spread';
import { watchReading } from '../images/reading';
import { startProgress } from '../runs/progress';

/** Faces of a sample picture. */
export const SAMPLE_GRID = { rows: 4, columns: 8 } as const;

/** Everything of a data set that training needs. */
export interface TrainingData {
  readonly rootFolder: string;
  readonly lists: SamplerLists;
  /** Names of pictures that samples show and held-out terms are measured on: of the validation part, else of the test part, else of train. */
  readonly heldOut: readonly string[];
  /** What the user is told where they are of the test part; null otherwise. */
  readonly note: string | null;
  readonly ageBounds: readonly number[];
}

/** What a run's sampler draws. */
export const samplerSettings = (config: TrainConfig): SamplerSettings => ({
  batchSize: config.batch_size,
  seed: config.seed,
  freshSources: config.fresh_sources,
  isAugmented: config.augment,
  isLabelledByPicture: config.labels === 'picture',
});

/**
 * The config with the paths and bounds of the data set that `data` names, where it names one.
 * @throws UserError when they were given beside it and say otherwise
 */
export async function withDataset(config: TrainConfig): Promise<TrainConfig> {
  if (config.data === null) return config;
  const root = config.root_folder;
  // another folder is where its pictures are now; one that is gone is of a run that is resumed after they have moved
  const isMoved = root !== defaultOf(VERB_KEYS.train.root_folder) && existsSync(root);
  const dataset = await readDataset(config.data, isMoved ? root : null);
  const filled = {
    root_folder: isMoved ? root : dataset.rootFolder,
    source_file: path.join(config.data, LIST_FILES.sources('train')),
    age_bounds: [...dataset.ageBounds],
  };
  const problems = (Object.keys(filled) as (keyof typeof filled)[]).flatMap((name) => {
    const given = JSON.stringify(config[name]);
    const own = JSON.stringify(filled[name]);
    const isDefault = given === JSON.stringify(defaultOf(VERB_KEYS.train[name]));
    // a run keeps its groups, even the default ones, when it goes on with other data
    const isFree = isDefault
      ? !(config.resume && name === 'age_bounds')
      : name === 'root_folder' && (isMoved || config.resume);
    return given === own || isFree
      ? []
      : [
          `--${name}: expected ${own} as ${config.data} has it, got ${given}. Give --data or --${name}.`,
        ];
  });
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return deepFreeze({ ...config, ...filled });
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The labels that each choice of `--match` goes by. */
const MATCHED = { none: [], gender: ['gender'], gender_and_race: ['gender', 'race'] } as const;

/** What a source has in common with the real picture that D sees with it, by picture's name. @throws UserError where the manifest knows nobody's */
async function readTraits(
  directory: string,
  sources: readonly string[],
  match: keyof typeof MATCHED,
): Promise<ReadonlyMap<string, string>> {
  const labels = MATCHED[match];
  const traits = new Map(
    (await readManifest(directory)).flatMap((entry) => {
      const known = labels.map((label) => entry[label]);
      return known.includes(undefined) ? [] : [[entry.path, known.join(', ')] as const];
    }),
  );
  if (!sources.some((name) => traits.has(name)))
    throw new UserError(
      `--match: expected the ${labels.join(' and the ')} of pictures in ${path.join(directory, MANIFEST_FILE)}, got none. Prepare the data from a source that labels it (docs/data.md), or train without --match.`,
    );
  return traits;
}

/** The first bytes of every picture; with `check_data` all of each. @throws UserError naming those that are no pictures */
async function checkPictures(
  listed: readonly PictureList[],
  { root_folder: rootFolder, check_data: areDecoded }: TrainConfig,
): Promise<void> {
  await checkHeaders(listed, rootFolder);
  if (!areDecoded) return;
  const count = new Set(listed.flatMap(({ entries }) => entries.map(({ name }) => name))).size;
  const progress = startProgress('check_data', count);
  try {
    await checkWhole(listed, rootFolder, (done) => progress.update(done));
  } finally {
    progress.stop();
  }
}

/**
 * Reads and checks the lists of a run, whose config `withDataset` has filled; says which pictures it waits for, where they do not come.
 * @throws UserError when a list is missing or malformed, names a picture that is not there or is none, or cannot fill a batch
 */
export const openTrainingData = (config: TrainConfig): Promise<TrainingData> =>
  watchReading('the check of the pictures', { seconds: config.loader_timeout, say }, () =>
    readAndCheck(config),
  );

async function readAndCheck(config: TrainConfig): Promise<TrainingData> {
  const { root_folder: rootFolder, source_file: sourceFile, age_bounds: ageBounds } = config;
  if (ageBounds.length !== config.age_groups - 1) {
    throw new UserError(
      `--age_groups: expected ${ageBounds.length + 1} as the data has them, got ${config.age_groups}. Use --age_groups=${ageBounds.length + 1}.`,
    );
  }
  const directory = path.dirname(sourceFile);
  const listed: PictureList[] = [];
  const checked = async (file: string): Promise<ListEntry[]> => {
    const entries = await withNamesOnDisc(await readList(file), rootFolder);
    await checkListedFiles(file, entries, rootFolder);
    listed.push({ file, entries });
    return entries;
  };
  const names = (entries: readonly ListEntry[]): string[] => entries.map(({ name }) => name);
  const groups: string[][] = [];
  for (let group = 0; group < config.age_groups; group++)
    groups.push(names(await checked(path.join(directory, LIST_FILES.group('train', group)))));
  const sources = names(await checked(sourceFile));
  const pairs = await readLabelPairs(path.join(directory, LIST_FILES.pairs), config.age_groups);
  const partOf = async (part: Split): Promise<string[]> => {
    const file = path.join(directory, LIST_FILES.sources(part));
    return existsSync(file) ? names(await checked(file)) : [];
  };
  const valid = await partOf('valid');
  const test = await partOf('test');
  const traits =
    config.match === 'none' ? null : await readTraits(directory, sources, config.match);
  const lists = { sources, groups, pairs, traits };
  // fails now, not after the engine has loaded, where a group cannot fill a batch
  createSampler(lists, samplerSettings(config));
  await checkPictures(listed, config);
  if (config.check_data && config.data !== null) await verifyDataset(config.data, rootFolder);
  return {
    rootFolder,
    lists,
    heldOut: spread(
      [valid, test, sources].find(({ length }) => length > 0) ?? [],
      Math.max(SAMPLE_GRID.rows * SAMPLE_GRID.columns, config.held_out_faces),
    ),
    note:
      valid.length === 0 && test.length > 0
        ? noValidationNote(directory, 'what samples and held-out terms show')
        : null,
    ageBounds,
  };
}
