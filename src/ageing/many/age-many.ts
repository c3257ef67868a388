/** @file Ages many pictures, or a part of them: each once, whatever happens in between, and in as much memory as a few take. */

import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isLockDead, lockDirectory } from '../../files/directory-lock';
import { openJsonLines } from '../../files/json-lines';
import type { JsonLines } from '../../files/json-lines';
import { UserError } from '../../errors';
import { decodeImage } from '../../images/image';
import type { RgbImage } from '../../images/pixels';
import { faultOf, watchFaults } from '../../data/prepare/machine-faults';
import type { FaultWatch } from '../../data/prepare/machine-faults';
import type { Shard } from '../../data/shard';
import { shardOf } from './pictures';
import type { NamedPicture, PictureSource } from './pictures';
import { agreeOnSettings, eachResult, manifestName } from './results';
import type { AgedLine, ManySettings, ResultLine } from './results';

/** A picture that was read. */
export interface ReadPicture extends Pick<NamedPicture, 'id' | 'name'> {
  readonly image: RgbImage;
}

/** What ages pictures and writes their files. */
export interface PictureAger {
  /** How many at a time. */
  readonly batch: number;
  /** @returns what became of each, in order: its files, or an error that says why it has none */
  age(pictures: readonly ReadPicture[]): Promise<readonly (AgedLine | UserError)[]>;
}

/** What is aged, and where to. */
export interface ManyWork {
  readonly source: PictureSource;
  /** Directory of the results and the manifest. */
  readonly out: string;
  /** The part to age; null for all. */
  readonly shard: Shard | null;
  /** What decides how a picture is aged. */
  readonly settings: ManySettings;
  /** Asked between batches: whether the rest is to be left. */
  readonly isStopped: () => boolean;
  /** Called with the number of pictures that are done, and of all of the part. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What came of it. */
export interface ManyOutcome {
  /** Pictures of the part that are done. */
  readonly pictures: number;
  readonly aged: number;
  /** Those that cannot be aged; the manifest says why. */
  readonly leftOut: number;
  /** Those that an earlier run has done. */
  readonly resumed: number;
  /** Where the results of this run stand. */
  readonly manifest: string;
}

const SHARD_LOCK = /^lock(?:-\d+-of-(\d+))?$/;

const lockOf = (shard: Shard | null): string =>
  shard === null ? 'lock' : `lock-${shard.index}-of-${shard.count}`;

const isPartOf = (id: string, shard: Shard | null): boolean =>
  shard === null || shardOf(id, shard.count) === shard.index;

/** Parts of other counts overlap: a picture of two that are aged at once would be aged twice. @throws UserError */
async function checkOtherParts(out: string, shard: Shard | null): Promise<void> {
  const count = shard === null ? undefined : String(shard.count);
  for (const name of await readdir(out)) {
    const found = SHARD_LOCK.exec(name);
    if (found === null || found[1] === count || (await isLockDead(out, name))) continue;
    throw new UserError(
      `--shard: expected parts of ${found[1] ?? 'one'}, as the process works in that has ${path.join(out, name)}, got ${count === undefined ? 'all at once' : `parts of ${count}`}. Wait for it, or stop it; if it has ended on another machine, remove that file.`,
    );
  }
}

/** A picture's pixels, or why it has none. @throws what says that the machine failed */
async function readOne({ id, name, file, problem }: NamedPicture): Promise<ReadPicture | string> {
  if (problem !== null) return problem;
  try {
    return { id, name, image: await decodeImage(await readFile(file), name) };
  } catch (error) {
    const cause = error instanceof UserError ? (error.cause ?? error) : error;
    if (faultOf(cause) !== null) throw cause;
    if (error instanceof UserError) return error.message;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return `${name}: expected a picture, got ${message}`;
  }
}

/** Ages some pictures, and writes down what became of them; those that the machine failed on are left to the next run. */
async function ageSome(
  pictures: readonly NamedPicture[],
  ager: PictureAger,
  faults: FaultWatch,
): Promise<ResultLine[]> {
  const failed = (name: string, error: unknown): null => {
    const fault = faultOf(error);
    if (fault === null) throw error;
    faults.onFault({ name, fault });
    return null;
  };
  const read = await Promise.all(
    pictures.map((one) => readOne(one).catch((error: unknown) => failed(one.name, error))),
  );
  const good = read.filter((one) => one !== null && typeof one !== 'string');
  const aged = await ager
    .age(good)
    .catch((error: unknown) => good.map(({ name }) => failed(name, error)));
  const became = new Map(good.map(({ id }, i) => [id, aged[i] ?? null]));
  return pictures.flatMap(({ id, name }, i): ResultLine[] => {
    const one = read[i] ?? null;
    if (typeof one === 'string') return [{ id, name, error: one }];
    const result = became.get(id) ?? null;
    if (result === null) return [];
    faults.onExamined();
    return [{ id, name, ...(result instanceof UserError ? { error: result.message } : result) }];
  });
}

/** How many pictures of a part are named, done or not; one that is named twice counts twice. */
async function countPart({ source, shard }: ManyWork): Promise<number> {
  let count = 0;
  for await (const { id } of source.pictures()) if (isPartOf(id, shard)) count++;
  return count;
}

/** Everything that is left to do of a part, in batches. */
async function* batchesOf(
  { source, shard, isStopped }: ManyWork,
  done: Set<string>,
  size: number,
): AsyncGenerator<readonly NamedPicture[]> {
  let batch: NamedPicture[] = [];
  for await (const picture of source.pictures()) {
    if (isStopped()) return;
    if (!isPartOf(picture.id, shard) || done.has(picture.id)) continue;
    done.add(picture.id);
    batch.push(picture);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0 && !isStopped()) yield batch;
}

async function ageRest(
  work: ManyWork,
  ager: PictureAger,
  manifest: JsonLines,
  done: Set<string>,
): Promise<{ aged: number; leftOut: number }> {
  const { source, out, onProgress } = work;
  const faults = watchFaults({
    out,
    images: source.label,
    workers: 1,
    words: ['age', 'aged'],
    without: '',
  });
  const total = await countPart(work);
  let aged = 0;
  let leftOut = 0;
  for await (const batch of batchesOf(work, done, ager.batch)) {
    const lines = await ageSome(batch, ager, faults);
    if (lines.length > 0) await manifest.add(lines);
    const wrong = lines.filter((line) => 'error' in line).length;
    aged += lines.length - wrong;
    leftOut += wrong;
    onProgress(Math.min(done.size, total), total);
    // lets a signal in: ageing computes without returning to the event loop
    await new Promise(setImmediate);
  }
  faults.check();
  return { aged, leftOut };
}

/**
 * Ages the pictures of a part that no manifest of the directory names yet. A picture's files are on the disk before its line is, and its line
 * before the next picture is begun: killed at any moment, the same call goes on where it was.
 * @throws UserError where the directory holds pictures aged otherwise, somebody works on the part, or there are no pictures; MachineError when
 * the machine failed on a picture, once the others are aged, or the disk is full
 */
export async function ageMany(work: ManyWork, ager: PictureAger): Promise<ManyOutcome> {
  const { out, shard, settings, source, isStopped } = work;
  await mkdir(out, { recursive: true });
  const unlock = await lockDirectory(out, lockOf(shard), ({ name, advice }) => {
    throw new UserError(
      `${out}: expected a directory and a part that nobody ages, got ${lockOf(shard)} of ${name}. ${advice}`,
    );
  });
  try {
    await checkOtherParts(out, shard);
    await agreeOnSettings(out, settings);
    const done = new Set<string>();
    let leftBefore = 0;
    await eachResult(out, ({ id, error }) => {
      if (!isPartOf(id, shard) || done.has(id)) return;
      done.add(id);
      if (error !== undefined) leftBefore++;
    });
    const resumed = done.size;
    const name = path.join(out, manifestName(shard));
    const manifest = await openJsonLines(name);
    const rest = await ageRest(work, ager, manifest, done).finally(() => manifest.close());
    if (done.size === 0 && shard === null && !isStopped())
      throw new UserError(`${source.label}: expected pictures, got none. Check the path.`);
    return {
      pictures: resumed + rest.aged + rest.leftOut,
      aged: resumed - leftBefore + rest.aged,
      leftOut: leftBefore + rest.leftOut,
      resumed,
      manifest: name,
    };
  } finally {
    await unlock();
  }
}

/** What is done of all pictures of a source, and which shards of so many have some left. */
export async function surveyMany(
  source: PictureSource,
  out: string,
  shards: number,
): Promise<{ readonly open: number[]; readonly aged: number; readonly leftOut: number }> {
  const done = new Set<string>();
  let leftOut = 0;
  await eachResult(out, ({ id, error }) => {
    if (done.has(id)) return;
    done.add(id);
    if (error !== undefined) leftOut++;
  });
  const open = new Set<number>();
  for await (const { id } of source.pictures()) if (!done.has(id)) open.add(shardOf(id, shards));
  return {
    open: [...open].sort((a, b) => a - b),
    aged: done.size - leftOut,
    leftOut,
  };
}
