/** @file What came of many pictures: a manifest, a line a picture, and how all of them are aged. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import { changedSettings } from '../../data/changed-settings';
import type { Shard } from '../../data/shard';
import { createFile } from '../../files/durable-write';
import { refuseNewer } from '../../files/format-version';
import { eachWholeLine } from '../../files/json-lines';
import type { AgedFaceFiles, AgedFile } from '../age-files';

/** A face: where it is in the photograph, null for a crop, and its files. */
export type ManyFace = Pick<AgedFaceFiles, 'face' | 'input' | 'pictures'> & {
  readonly centre: AgedFaceFiles['centre'] | null;
  readonly width: number | null;
};

/** What became of a picture that was aged; paths are relative to the directory of the results. */
export interface AgedLine {
  /** The photograph with all its faces at a group; none of a crop. */
  readonly pictures: readonly AgedFile[];
  readonly faces: readonly ManyFace[];
  /** Width and height of a crop that is no square: the generator saw it squeezed into one. */
  readonly oblong?: readonly [number, number];
}

/** A line of a manifest: a picture's files, or why it has none. */
export type ResultLine = { readonly id: string; readonly name: string } & (
  AgedLine | { readonly error: string }
);

/** How pictures are aged: the same for all of a directory. */
export type ManySettings = Readonly<Record<string, string | number | boolean | null>>;

const MANIFEST = /^manifest(-\d+-of-\d+)?\.jsonl$/;
const SETTINGS_FILE = 'ageing.json';
/** The settings say it, of the manifests beside them, too; those of before say none. */
const VERSION = { key: 'format', newest: 1 } as const;

/** The manifest of a part, or of all where there are no parts. */
export const manifestName = (shard: Shard | null): string =>
  shard === null ? 'manifest.jsonl' : `manifest-${shard.index}-of-${shard.count}.jsonl`;

/** What a line is read for. */
export type ResultHead = Pick<ResultLine, 'id'> & { readonly error?: string };

/**
 * Calls for every line of all manifests of a directory, whichever parts wrote them.
 * @throws UserError for a line that is no result, NewerFileError where a newer program ages the directory
 */
export async function eachResult(out: string, onResult: (line: ResultHead) => void): Promise<void> {
  await readAgeingSettings(out);
  const names = existsSync(out) ? (await readdir(out)).filter((name) => MANIFEST.test(name)) : [];
  for (const name of names.sort()) {
    const file = path.join(out, name);
    let number = 0;
    await eachWholeLine(file, (line) => {
      number++;
      onResult(parseLine(line, `${file}, line ${number}`));
    });
  }
}

function parseLine(line: string, where: string): ResultHead {
  try {
    const head = JSON.parse(line) as Partial<ResultHead> | null;
    if (typeof head?.id === 'string') return head as ResultHead;
  } catch {
    // said below
  }
  throw new UserError(
    `${where}: expected JSON with the id of a picture, got ${line.slice(0, 40)}. Remove the line: its picture is aged again.`,
  );
}

/** @throws UserError for a text that says no settings, NewerFileError */
function parseSettings(file: string, text: string): ManySettings {
  let content: unknown = null;
  try {
    content = JSON.parse(text);
  } catch {
    // said below
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    refuseNewer(file, content, VERSION);
    return Object.fromEntries(
      Object.entries(content as ManySettings).filter(([name]) => name !== VERSION.key),
    );
  }
  throw new UserError(
    `${file}: expected the settings that its pictures were aged with, got ${text.slice(0, 40)}. Choose another directory; or remove the file, and all pictures must then be aged with these settings.`,
  );
}

/**
 * How the pictures of a directory are aged; null where that is not written down.
 * @throws UserError where it cannot be read, NewerFileError
 */
export async function readAgeingSettings(out: string): Promise<ManySettings | null> {
  const file = path.join(out, SETTINGS_FILE);
  return existsSync(file) ? parseSettings(file, await readFile(file, 'utf8')) : null;
}

/**
 * Writes down how the pictures of a directory are aged, or compares with what stands there.
 * @throws UserError where they are aged otherwise, NewerFileError
 */
export async function agreeOnSettings(out: string, settings: ManySettings): Promise<void> {
  const file = path.join(out, SETTINGS_FILE);
  const content = { [VERSION.key]: VERSION.newest, ...settings };
  if (await createFile(file, `${JSON.stringify(content, null, 2)}\n`)) return;
  const then = parseSettings(file, await readFile(file, 'utf8'));
  const changed = changedSettings(then, settings, Object.keys({ ...then, ...settings }));
  if (changed === null) return;
  throw new UserError(
    `${file}: expected pictures aged with the same settings, got ${changed}. Choose another directory, or the old settings.`,
  );
}
