/** @file From a source of faces to a data set that anyone can make again: lists, rejects, description. */

import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import { ageGroupNames, ageGroupOf } from '../age-groups';
import { decodeImage } from '../image';
import { formatLabelPairs, formatList, LIST_FILES } from '../lists';
import type { LabelPair, ListEntry, Split } from '../lists';
import { createRandom } from '../random';
import type { Random } from '../random';
import type { FaceRecord, FaceSource, Rejection } from '../sources/source';
import { DATASET_FILE, DATASET_VERSION, readDataset } from './dataset';
import type { DatasetDescription } from './dataset';
import { splitRecords } from './split';

/** How a data set is made. */
export interface PrepareSettings {
  /** Directory to make. */
  readonly out: string;
  readonly seed: number;
  /** Share of pictures to hold out, between 0 and 1. */
  readonly testShare: number;
  readonly ageBounds: readonly number[];
  /** Lines of train_label_pair.txt. */
  readonly pairs: number;
}

/** What came of it. */
export interface PrepareOutcome {
  readonly description: DatasetDescription;
  /** Whether it was there already, made with the same settings. */
  readonly isUnchanged: boolean;
  /** One line each: empty groups, people in both halves. */
  readonly warnings: readonly string[];
}

/** Pictures decoded at a time; sharp has its own threads. */
const CONCURRENCY = 8;
const SPLITS: readonly Split[] = ['train', 'test'];

/** Decodes every picture once: a file that is cut off looks whole until then. */
async function rejectUnreadable(
  root: string,
  records: readonly FaceRecord[],
  onProgress: (done: number, total: number) => void,
): Promise<{ kept: FaceRecord[]; rejected: Rejection[] }> {
  const reasons = new Map<FaceRecord, string>();
  const waiting = records[Symbol.iterator]();
  let done = 0;
  const work = async (): Promise<void> => {
    for (const record of waiting) {
      await decodeImage(path.join(root, record.name)).catch((error: unknown) => {
        reasons.set(
          record,
          error instanceof Error && error.cause instanceof Error ? (error.cause.message.split('\n')[0] ?? '') : String(error),
        );
      });
      onProgress(++done, records.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return {
    kept: records.filter((record) => !reasons.has(record)),
    rejected: records.flatMap((record) =>
      reasons.has(record) ? [{ name: record.name, reason: 'unreadable', detail: reasons.get(record) ?? '' }] : [],
    ),
  };
}

/** Every ordered pair of different groups equally often, in random order. */
export function drawLabelPairs(groups: number, count: number, random: Random): LabelPair[] {
  const all = Array.from({ length: groups * groups }, (_, i): LabelPair => [Math.floor(i / groups), i % groups]).filter(
    ([t, f]) => t !== f,
  );
  return random.shuffled(Array.from({ length: count }, (_, i) => all[i % all.length] as LabelPair));
}

const csvField = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function rejectedCsv(rejected: readonly Rejection[]): string {
  const lines = rejected.map(({ name, reason, detail }) => [name, reason, detail].map(csvField).join(','));
  return ['name,reason,detail', ...lines].map((line) => `${line}\n`).join('');
}

function countPeople(records: readonly FaceRecord[], split: ReadonlyMap<FaceRecord, Split>): DatasetDescription['people'] {
  const people = (half: Split): Set<string> =>
    new Set(records.flatMap((record) => (record.identity !== null && split.get(record) === half ? [record.identity] : [])));
  const [train, test] = [people('train'), people('test')];
  return { train: train.size, test: test.size, both: [...train].filter((person) => test.has(person)).length };
}

/** Files of the data set by name, and its description. */
function composeFiles(
  source: FaceSource,
  kept: readonly FaceRecord[],
  rejected: readonly Rejection[],
  settings: PrepareSettings,
): { files: Map<string, string>; description: DatasetDescription } {
  const { out, seed, testShare, ageBounds, pairs } = settings;
  const random = createRandom(seed);
  const split = splitRecords(kept, testShare, random);
  const groups = ageBounds.length + 1;
  const files = new Map<string, string>();
  const counts: Record<Split, number[]> = { train: [], test: [] };
  for (const half of SPLITS) {
    const entries: ListEntry[] = kept
      .filter((record) => split.get(record) === half)
      .map(({ name, age }) => ({ name, label: ageGroupOf(age, ageBounds) }));
    files.set(LIST_FILES.sources(half), formatList(entries));
    for (let group = 0; group < groups; group++) {
      const members = entries.filter(({ label }) => label === group);
      counts[half].push(members.length);
      files.set(LIST_FILES.group(half, group), formatList(members));
    }
  }
  files.set(LIST_FILES.pairs, formatLabelPairs(drawLabelPairs(groups, pairs, random)));
  files.set('rejected.csv', rejectedCsv(rejected));
  const images = path.resolve(source.rootFolder);
  const inside = path.relative(path.resolve(out), images);
  const description: DatasetDescription = {
    version: DATASET_VERSION,
    source: { kind: source.kind, images },
    root_folder: inside.startsWith('..') ? images : inside,
    seed,
    test_share: testShare,
    pairs,
    age_bounds: [...ageBounds],
    counts: { scanned: kept.length + rejected.length, kept: kept.length, rejected: rejected.length, ...counts },
    people: countPeople(kept, split),
  };
  return { files, description };
}

function warningsOf({ counts, age_bounds }: DatasetDescription): string[] {
  const names = ageGroupNames(age_bounds);
  return SPLITS.flatMap((half) =>
    counts[half].flatMap((count, group) => (count === 0 ? [`group ${group} (${names[group] ?? ''}) has no ${half} picture`] : [])),
  );
}

/** A finished data set in the way: fine when it was made the same way. */
async function checkFinished(source: FaceSource, settings: PrepareSettings): Promise<PrepareOutcome> {
  const { description } = await readDataset(settings.out);
  const now = {
    images: path.resolve(source.rootFolder),
    seed: settings.seed,
    test_share: settings.testShare,
    pairs: settings.pairs,
    age_bounds: settings.ageBounds,
  };
  const then = {
    images: description.source.images,
    seed: description.seed,
    test_share: description.test_share,
    pairs: description.pairs,
    age_bounds: description.age_bounds,
  };
  const changed = (Object.keys(now) as (keyof typeof now)[]).filter((key) => JSON.stringify(now[key]) !== JSON.stringify(then[key]));
  if (changed.length > 0) {
    const differences = changed.map((key) => `${key} ${JSON.stringify(then[key])} there, ${JSON.stringify(now[key])} asked for`);
    throw new UserError(
      `--out: expected a new directory, got ${settings.out}, a data set made otherwise (${differences.join('; ')}). Choose another --out.`,
    );
  }
  return { description, isUnchanged: true, warnings: warningsOf(description) };
}

/**
 * Makes a data set: reads every picture once, splits, and writes lists, rejected.csv and, last, dataset.json.
 * @throws UserError when the directory holds a data set made with other settings, or the source has no usable picture
 */
export async function prepareDataset(
  source: FaceSource,
  settings: PrepareSettings,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<PrepareOutcome> {
  if (existsSync(path.join(settings.out, DATASET_FILE))) return checkFinished(source, settings);
  const list = await source.list();
  const { kept, rejected } = await rejectUnreadable(source.rootFolder, list.records, onProgress);
  if (kept.length === 0) {
    throw new UserError(
      `--images: expected pictures named AGE_….jpg in ${source.rootFolder}, got none that can be used of ${list.records.length + list.rejected.length} files` +
        `${(rejected[0] ?? list.rejected[0]) ? ` (the first: ${(rejected[0] ?? list.rejected[0])?.name ?? ''}: ${(rejected[0] ?? list.rejected[0])?.detail ?? ''})` : ''}. Check the folder.`,
    );
  }
  const { files, description } = composeFiles(source, kept, [...list.rejected, ...rejected], settings);
  await mkdir(settings.out, { recursive: true });
  files.set(DATASET_FILE, `${JSON.stringify(description, null, 2)}\n`);
  // dataset.json comes last: without it, the lists are an attempt that the next one replaces
  for (const [name, content] of files) {
    const temporary = path.join(settings.out, `.${name}.${process.pid}.tmp`);
    await writeFile(temporary, content).catch(async (cause: unknown) => {
      await rm(temporary, { force: true });
      throw cause;
    });
    await rename(temporary, path.join(settings.out, name));
  }
  return { description, isUnchanged: false, warnings: warningsOf(description) };
}
