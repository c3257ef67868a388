/** @file The original's list files: names with a number behind them, and pairs of labels. */

import { existsSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { decodeText } from '../files/text';
import { leavesFolder } from '../files/real-path';
import { reading } from '../images/reading';

/** A picture's name relative to the root folder, and the number behind it: a label, or a group. */
export interface ListEntry {
  readonly name: string;
  readonly label: number;
}

/** An entry, and where it stands; lines count from 1. */
export interface ListedEntry extends ListEntry {
  readonly line: number;
}

/** Two different groups: the one to generate, and the one to refuse. */
export type LabelPair = readonly [trueLabel: number, falseLabel: number];

/** The parts of a data set: learnt from, chosen by, reported on. */
export const SPLITS = ['train', 'valid', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Files of a data set directory. */
export const LIST_FILES = {
  group: (split: Split, group: number): string => `${split}_age_group_${group}.txt`,
  sources: (split: Split): string => `${split}.txt`,
  pairs: 'train_label_pair.txt',
} as const;

const SHOWN = 5;

/** One error for a file: how many lines are wrong, and the first five of them. */
export function problemsError(
  file: string,
  what: string,
  problems: readonly string[],
  advice: string,
): UserError {
  const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : '';
  return new UserError(
    `${file}: expected ${what}, got ${problems.length} wrong: ${problems.slice(0, SHOWN).join('; ')}${more}. ${advice}`,
  );
}

async function readLines(file: string): Promise<string[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const reason = existsSync(file) ? String(cause) : 'no such file';
    throw new UserError(
      `${file}: expected a list file, got ${reason}. Make the lists with \`ipcgan prepare\`, or check the path.`,
      {
        cause,
      },
    );
  });
  return decodeText(bytes).split(/\r?\n/);
}

/** Reads lines `NAME NUMBER`; the number stands after the last space, so that names may hold spaces. @throws UserError with the lines that are wrong */
export async function readList(file: string): Promise<ListedEntry[]> {
  const problems: string[] = [];
  const entries: ListedEntry[] = [];
  for (const [i, line] of (await readLines(file)).entries()) {
    if (line.trim() === '') continue;
    const match = /^(.+) (\d+)\s*$/.exec(line);
    const name = match?.[1] ?? '';
    if (!match) problems.push(`line ${i + 1} '${line}'`);
    else if (leavesFolder(name)) problems.push(`line ${i + 1} '${line}' leaves the root folder`);
    else entries.push({ name, label: Number(match[2]), line: i + 1 });
  }
  if (problems.length > 0)
    throw problemsError(file, "lines 'NAME NUMBER'", problems, 'Correct these lines.');
  return entries;
}

/** Reads lines `TRUE FALSE`. @throws UserError when a group is unknown, both are the same, or there is no pair */
export async function readLabelPairs(file: string, ageGroups: number): Promise<LabelPair[]> {
  const problems: string[] = [];
  const pairs: LabelPair[] = [];
  for (const [i, line] of (await readLines(file)).entries()) {
    if (line.trim() === '') continue;
    const match = /^\s*(\d+)\s+(\d+)\s*$/.exec(line);
    const trueLabel = Number(match?.[1]);
    const falseLabel = Number(match?.[2]);
    if (match && trueLabel !== falseLabel && Math.max(trueLabel, falseLabel) < ageGroups)
      pairs.push([trueLabel, falseLabel]);
    else problems.push(`line ${i + 1} '${line}'`);
  }
  if (problems.length > 0)
    throw problemsError(
      file,
      `lines 'TRUE FALSE' of two different groups below ${ageGroups}`,
      problems,
      'Correct these lines.',
    );
  if (pairs.length === 0)
    throw new UserError(
      `${file}: expected at least one line 'TRUE FALSE', got none. Make the lists with \`ipcgan prepare\`.`,
    );
  return pairs;
}

/** Files looked for side by side: enough to hide a network's delay. */
const AT_ONCE = 32;

/** What becomes of every item, in order, so many at a time. */
async function mapOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE)
    done.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  return done;
}

/** Whether a file is there; one that hangs can be named meanwhile. */
const isThere = (file: string): Promise<boolean> =>
  reading(file, () => access(file)).then(
    () => true,
    () => false,
  );

/**
 * Entries under the names that the disc has: a list of another system may write `ë` as `e` and two dots, or a backslash between folders.
 * One that is not found stays as it is.
 */
export const withNamesOnDisc = <T extends ListEntry>(
  entries: readonly T[],
  rootFolder: string,
): Promise<T[]> =>
  mapOf(entries, async (entry) => {
    const slashed = entry.name.replaceAll('\\', '/');
    const others = [entry.name, slashed].flatMap((name) => [
      name,
      name.normalize('NFC'),
      name.normalize('NFD'),
    ]);
    for (const name of new Set(others))
      if (await isThere(path.join(rootFolder, name)))
        return name === entry.name ? entry : { ...entry, name };
    return entry;
  });

/** @throws UserError naming the first five listed pictures that are not under `rootFolder` */
export async function checkListedFiles(
  list: string,
  entries: readonly Pick<ListedEntry, 'name' | 'line'>[],
  rootFolder: string,
): Promise<void> {
  const found = await mapOf(entries, ({ name }) => isThere(path.join(rootFolder, name)));
  const missing = entries.flatMap(({ name, line }, i) =>
    found[i] === true ? [] : [`line ${line} '${name}'`],
  );
  if (missing.length > 0)
    throw problemsError(
      list,
      `pictures under ${rootFolder}`,
      missing,
      'Give --root_folder=DIR where they are now, or prepare the data again.',
    );
}

/** The text of a list file. */
export const formatList = (entries: readonly ListEntry[]): string =>
  entries.map(({ name, label }) => `${name} ${label}\n`).join('');

/** The text of a pair file. */
export const formatLabelPairs = (pairs: readonly LabelPair[]): string =>
  pairs.map(([t, f]) => `${t} ${f}\n`).join('');
