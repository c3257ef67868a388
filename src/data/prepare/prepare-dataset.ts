/** @file From a source of faces to a data set that anyone can make again. */

import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../../files/digest';
import { replaceFile } from '../../files/durable-write';
import { UserError } from '../../errors';
import { lockDirectory } from '../../files/directory-lock';
import { isWithin } from '../../files/real-path';
import { sealedJson } from '../../files/sealed-json';
import { removeLeftovers } from '../../files/temporary';
import { shownName } from '../sources/scan';
import type { FaceList, FaceRecord, FaceSource } from '../sources/source';
import type { FaceChoice } from '../../faces/align';
import { composeDataset, warningsOf } from './compose';
import type { Composition, ListSettings } from './compose';
import { DATASET_FILE, DATASET_VERSION, readDataset } from '../dataset';
import type { DatasetDescription } from '../dataset';
import { createExaminer } from './examine';
import type { Examination, Examined, ExamineItem, ExamineSettings } from './examine';
import { openJournal, readJournals, removeJournals } from './journal';
import type { Shard } from '../shard';
import { watchFaults } from './machine-faults';
import { REPORT_FILE, writeDatasetPage } from './dataset-page';
import { safeNames } from './safe-names';
import { CROP_SIZE } from '../../faces/template';
import { examineInWorkers } from './workers';
import type { OnExamination } from './workers';
import { journalSettings, partOf, turnDown } from './worklist';

/** How a data set is made. */
export interface PrepareSettings extends ListSettings {
  /** Directory to make. */
  readonly out: string;
  /** Whether the pictures are aligned crops, which stay where they are. */
  readonly isAligned: boolean;
  readonly face: FaceChoice;
  /** Smallest width of a face, in pixels of the photograph. */
  readonly minFace: number;
  readonly minSharpness: number;
  /** Youngest and oldest, in years. */
  readonly ageRange: readonly [number, number];
  /** Processes that look for faces. */
  readonly workers: number;
  /** The part of the pictures to examine; the lists are left to the run that merges. */
  readonly shard: Shard | null;
  /** Examine nothing: every shard is done, or it is an error. */
  readonly isMerge: boolean;
}

/** What came of it. */
export type PrepareOutcome =
  /** `isUnchanged`: it was there already, made with the same settings. */
  | {
      readonly description: DatasetDescription;
      readonly isUnchanged: boolean;
      readonly warnings: readonly string[];
    }
  /** A shard's pictures are examined. */
  | { readonly shard: Shard; readonly examined: number; readonly resumed: number };

/** Called with examined and all pictures. */
export type OnProgress = (done: number, total: number) => void;

/** Crops decoded at a time; sharp has its own threads. */
const CONCURRENCY = 8;
const CROP_FOLDER = 'images';
const SHOWN = 3;

/** Of all names, and of everything that the source says of each. */
function hashOf({ records, rejected }: FaceList): string {
  const lines = [
    ...records.map((record) => JSON.stringify(record)),
    ...rejected.map(({ name }) => name),
  ];
  return sha256Of(lines.sort().join('\n'));
}

/** This run's part of the pictures, as it is told to who examines them. */
function itemsOf(records: readonly FaceRecord[], shard: Shard | null): ExamineItem[] {
  const names = safeNames(records);
  return partOf(records, shard).map((record) => {
    const { name, rawName } = record;
    const raw = rawName === undefined ? {} : { rawName };
    return { name, ...raw, safeName: names.get(record) ?? name };
  });
}

/** How pictures of a source are examined; the folder of the crops is there, without what a killed process left in it. */
async function examineSettings(
  source: FaceSource,
  { out, isAligned, face, minFace, minSharpness }: PrepareSettings,
): Promise<ExamineSettings> {
  const cropFolder = isAligned ? null : path.join(out, CROP_FOLDER);
  if (cropFolder !== null) {
    await mkdir(cropFolder, { recursive: true });
    await removeLeftovers(cropFolder);
  }
  return {
    rootFolder: source.rootFolder,
    cropFolder,
    align: { face, minFace, isTight: source.isTight },
    minSharpness,
  };
}

/**
 * Examines what no journal has yet; @returns everything that is examined now, and how many were so before.
 * @throws MachineError where the machine failed on a picture, once the others are in the journal
 */
async function examineAll(
  source: FaceSource,
  records: readonly FaceRecord[],
  settings: PrepareSettings,
  onProgress: OnProgress,
): Promise<{ examined: Map<string, Examined>; resumed: number; total: number }> {
  const { out, shard, isAligned } = settings;
  const header = journalSettings(source, settings);
  const examined = await readJournals(out, header);
  const mine = itemsOf(records, shard);
  const items = mine.filter(({ name }) => !examined.has(name));
  const resumed = mine.length - items.length;
  if (settings.isMerge && items.length > 0) {
    const some = items.slice(0, SHOWN).map(({ name }) => shownName(name));
    throw new UserError(
      `--merge: expected every picture examined, got ${items.length} of ${mine.length} that are not (${some.join(', ')}). Run the shards that are missing, or leave --merge out.`,
    );
  }
  if (items.length === 0) return { examined, resumed, total: mine.length };
  const how = await examineSettings(source, settings);
  const workers = isAligned ? 1 : settings.workers;
  const faults = watchFaults({
    out,
    images: source.rootFolder,
    workers,
    words: ['examine', 'examined'],
    without: 'No data set is written without them.',
  });
  const journal = await openJournal(out, shard, header);
  let done = resumed;
  const onExamination = async (one: Examination): Promise<void> => {
    if ('fault' in one) {
      faults.onFault(one);
      return;
    }
    faults.onExamined();
    await journal.add(one);
    examined.set(one.name, one);
    onProgress(++done, mine.length);
  };
  try {
    if (isAligned) await examineHere(items, how, onExamination);
    else await examineInWorkers(items, how, workers, onExamination);
    faults.check();
  } finally {
    if (how.cropFolder !== null) await removeLeftovers(how.cropFolder);
    await journal.close();
  }
  return { examined, resumed, total: mine.length };
}

/** Crops are only decoded: sharp's threads are enough. */
async function examineHere(
  items: readonly ExamineItem[],
  how: ExamineSettings,
  onExamination: OnExamination,
): Promise<void> {
  const examine = createExaminer(how, null);
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const item of waiting) await onExamination(await examine(item));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

/** What is said of a data set besides what came of it. */
function settingsOf(
  source: FaceSource,
  settings: PrepareSettings,
): Omit<DatasetDescription, 'counts' | 'people' | 'source_hash' | 'content_hash'> {
  const {
    out,
    seed,
    split,
    testShare,
    validationShare,
    ageBounds,
    ageRange,
    pairs,
    isAligned,
    face,
    minFace,
    minSharpness,
  } = settings;
  const images = path.resolve(source.rootFolder);
  const inside = path.relative(path.resolve(out), images);
  const own = inside.startsWith('..') || path.isAbsolute(inside) ? images : inside;
  return {
    version: DATASET_VERSION,
    source: { kind: source.kind, images },
    root_folder: isAligned ? own : CROP_FOLDER,
    seed,
    split,
    test_share: testShare,
    validation_share: validationShare,
    pairs,
    age_bounds: [...ageBounds],
    age_range: [...ageRange],
    alignment: {
      aligned: isAligned,
      face,
      min_face: minFace,
      min_sharpness: minSharpness,
      crop_size: isAligned ? null : CROP_SIZE,
    },
  };
}

/** The same, with an absolute root folder as it is seen from the data set, too. */
const withPlaceFromHere = <T extends Pick<DatasetDescription, 'root_folder'>>(
  out: string,
  described: T,
): T & Pick<DatasetDescription, 'root_folder_from_here'> =>
  path.isAbsolute(described.root_folder)
    ? { ...described, root_folder_from_here: path.relative(out, described.root_folder) }
    : described;

/** A finished data set in the way: fine when it was made of the same pictures in the same way. */
async function checkFinished(
  source: FaceSource,
  found: FaceList,
  settings: PrepareSettings,
): Promise<PrepareOutcome> {
  const { description } = await readDataset(settings.out);
  const flat = (value: object): [string, unknown][] =>
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      key === 'alignment' || key === 'source'
        ? flat(inner as object)
        : [[key, inner] as [string, unknown]],
    );
  const then = new Map(flat(description));
  const changed = flat(settingsOf(source, settings)).filter(
    ([key, now]) => JSON.stringify(then.get(key)) !== JSON.stringify(now),
  );
  const problems = changed.map(
    ([key, now]) =>
      `${key} ${JSON.stringify(then.get(key))} there, ${JSON.stringify(now)} asked for`,
  );
  if (description.source_hash !== undefined && description.source_hash !== hashOf(found)) {
    const now = found.records.length + found.rejected.length;
    problems.push(
      `${description.counts.scanned} pictures there, ${now} now, with other names, ages, people or labels`,
    );
  }
  if (problems.length > 0) {
    throw new UserError(
      `--out: expected a new directory, got ${settings.out}, a data set made otherwise (${problems.join('; ')}). Choose another --out.`,
    );
  }
  return { description, isUnchanged: true, warnings: warningsOf(description) };
}

/** Crops are written, and dropped ones removed: never among the photographs that they come from. @throws UserError */
export function checkApart({ rootFolder }: FaceSource, { out, isAligned }: PrepareSettings): void {
  const crops = path.join(out, CROP_FOLDER);
  if (isAligned || !(isWithin(crops, rootFolder) || isWithin(rootFolder, crops))) return;
  throw new UserError(
    `--out: expected a directory apart from --images, got ${out}, whose crops (${crops}) and photographs (${rootFolder}) would lie in one another. Choose another --out.`,
  );
}

function checkUsable(source: FaceSource, { entries, rejected }: Composition): void {
  if (entries.length > 0) return;
  const counts = new Map<string, number>();
  for (const { reason } of rejected) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  const first = rejected.find(({ reason }) => reason === most?.[0]);
  // of the reason that most have
  const example =
    first && most
      ? ` (${most[1]} for ${first.reason}, the first of them ${first.name}: ${first.detail})`
      : '';
  throw new UserError(
    `--images: expected faces with ages in ${source.rootFolder}, got none that can be used of ${rejected.length} files${example}. Check the folder, and which source it is.`,
  );
}

/** dataset.json comes last: without it, the other files are an attempt that the next one replaces. */
async function writeFiles(out: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, content] of files) await replaceFile(path.join(out, name), content);
}

async function finish(
  source: FaceSource,
  list: FaceList,
  found: FaceList,
  examined: ReadonlyMap<string, Examined>,
  settings: PrepareSettings,
): Promise<PrepareOutcome> {
  const { out, isAligned } = settings;
  const composition = composeDataset(list.records, list.rejected, examined, settings);
  checkUsable(source, composition);
  const { counts, people, contentHash, files, dropped } = composition;
  if (!isAligned)
    for (const copy of dropped) await rm(path.join(out, CROP_FOLDER, copy), { force: true });
  const description: DatasetDescription = {
    ...withPlaceFromHere(out, settingsOf(source, settings)),
    counts,
    people,
    source_hash: hashOf(found),
    content_hash: contentHash,
  };
  await writeFiles(out, files);
  await writeDatasetPage(path.join(out, REPORT_FILE), {
    description,
    ...composition,
    rootFolder: path.resolve(out, description.root_folder),
  });
  await writeFiles(out, new Map([[DATASET_FILE, `${sealedJson(description, 2)}\n`]]));
  await removeJournals(out);
  return { description, isUnchanged: false, warnings: warningsOf(description) };
}

/**
 * Makes a data set: examines every picture once, splits, and writes lists, manifest, rejects, report and, last, dataset.json.
 * Killed at any moment, the same call goes on where it was.
 * @throws UserError when the directory holds a data set made otherwise, or the source has no usable picture; MachineError when the disk is full, or
 * the machine failed on a picture
 */
export async function prepareDataset(
  source: FaceSource,
  settings: PrepareSettings,
  onProgress: OnProgress = () => undefined,
): Promise<PrepareOutcome> {
  const { out, shard } = settings;
  checkApart(source, settings);
  const found = await source.list();
  if (existsSync(path.join(out, DATASET_FILE))) return checkFinished(source, found, settings);
  const lockName = shard === null ? 'lock' : `lock-${shard.index}-of-${shard.count}`;
  const unlock = await lockDirectory(out, lockName, ({ name, advice }) => {
    throw new UserError(
      `--out: expected a directory that nobody prepares, got ${out}, which ${name} is working on. ${advice}`,
    );
  });
  try {
    const list = turnDown(found, settings);
    const { examined, resumed, total } = await examineAll(
      source,
      list.records,
      settings,
      onProgress,
    );
    if (shard !== null) return { shard, examined: total, resumed };
    return await finish(source, list, found, examined, settings);
  } finally {
    await unlock();
  }
}
