/** @file `ipcgan prepare`. */

import { availableParallelism } from 'node:os';
import path from 'node:path';
import { OUT_OF_TIME, requeueTask } from '../cluster/slurm-commands';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { unusedFlags } from '../config/unused-flags';
import { readSlurmFile } from '../config/slurm-settings';
import type { Shard } from '../data/prepare/journal';
import { prepareDataset } from '../data/prepare/prepare-dataset';
import type { PrepareSettings } from '../data/prepare/prepare-dataset';
import { cacdSource } from '../data/sources/cacd';
import { fgNetSource } from '../data/sources/fgnet';
import { folderSource } from '../data/sources/folder';
import { manifestSource } from '../data/sources/manifest-file';
import type { FaceSource } from '../data/sources/source';
import { syntheticSource } from '../data/sources/synthetic/synthetic';
import { utkFaceSource } from '../data/sources/utkface';
import { ensureEngine } from '../engine/install/ensure';
import { slurmTask } from '../files/process-owner';
import { UserError } from '../errors';
import { SIGNAL_EXIT_CODE, watchInterrupts } from '../runs/interrupt';
import { startCounter } from './counter';
import { printOutcome } from './prepare-outcome';

/** Crops stay as they are where no source of photographs is named. */
const areCrops = (word: string | null, { aligned }: VerbConfig<'prepare'>): boolean =>
  aligned || word === null || word === 'synthetic';

/** @throws UserError for flags that this source does not use */
function checkSourceFlags(word: string | null, { config, given }: Resolved<'prepare'>): void {
  const photographs = [
    'photographs, neither crops nor drawn people',
    !areCrops(word, config),
  ] as const;
  const problems = unusedFlags(given, {
    meta: ['`prepare cacd`', word === 'cacd'],
    manifest: ['`prepare folder`', word === 'folder' || word === null],
    people: ['`prepare synthetic`', word === 'synthetic'],
    face: photographs,
    min_face: photographs,
  });
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

async function openSource(word: string | null, config: VerbConfig<'prepare'>): Promise<FaceSource> {
  const { images, out, people, seed, meta, manifest } = config;
  if (word === 'synthetic') {
    const drawing = startCounter('drawing', 'images');
    const source = await syntheticSource(
      images ?? path.join(out, 'images'),
      { people, seed },
      drawing.onProgress,
    );
    drawing.stop();
    return source;
  }
  if (images === null)
    throw new UserError(
      '--images: expected a folder of pictures, got nothing. Give one, or use `ipcgan prepare synthetic`.',
    );
  if (word === 'cacd') return cacdSource(images, meta);
  if (word === 'utkface') return utkFaceSource(images);
  if (word === 'fgnet') return fgNetSource(images);
  return manifest === null ? folderSource(images) : manifestSource(images, manifest);
}

function parseShard(text: string | null): Shard | null {
  if (text === null) return null;
  const [, index = '', count = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new UserError(
    `--shard: expected a part and how many there are, as 2/8, got ${text}. The first part is 1.`,
  );
}

function toSettings(word: string | null, config: VerbConfig<'prepare'>): PrepareSettings {
  const [youngest = 0, oldest = 0] = config.age_range;
  if (youngest > oldest)
    throw new UserError(
      `--age_range: expected YOUNGEST-OLDEST, got ${youngest}-${oldest}. Turn them round.`,
    );
  if (config.test_share + config.validation_share >= 1)
    throw new UserError(
      `--validation_share: expected less than 1 together with --test_share (${config.test_share}), got ${config.validation_share}. Leave something to train on.`,
    );
  const shard = parseShard(config.shard);
  if (shard !== null && config.merge)
    throw new UserError(
      '--merge: expected it without --shard, got both. Merge when all shards are done.',
    );
  return {
    out: config.out,
    isAligned: areCrops(word, config),
    face: config.face,
    minFace: config.min_face,
    minSharpness: config.min_sharpness,
    ageRange: [youngest, oldest],
    seed: config.seed,
    split: config.split,
    testShare: config.test_share,
    validationShare: config.validation_share,
    ageBounds: config.age_bounds,
    pairs: config.pairs,
    workers: config.workers ?? availableParallelism(),
    shard,
    isMerge: config.merge,
  };
}

/** @throws UserError for flags of the cluster where nothing goes there, or that are missing where something does */
function checkClusterFlags(
  word: string | null,
  { launcher, shards, slurm, shard, merge }: VerbConfig<'prepare'>,
): void {
  const problems: string[] = [];
  const given = Object.entries({ shards, slurm }).filter(([, value]) => value !== null);
  if (launcher === 'local')
    for (const [name] of given)
      problems.push(
        `--${name}: expected it with --launcher=slurm, got it without. Leave it out, or add that.`,
      );
  else {
    if (shards === null)
      problems.push(
        '--shards: expected how many parts to make, got nothing. As many as nodes may work at a time.',
      );
    if (shard !== null || merge)
      problems.push(
        '--launcher: expected slurm without --shard and --merge, got both. Its jobs have them.',
      );
    if (word === 'synthetic')
      problems.push(
        '--launcher: expected slurm with photographs, got it with `prepare synthetic`. Drawing is done here within minutes.',
      );
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** Of the launcher, not of the shards. */
const LAUNCHER_KEYS: ReadonlySet<string> = new Set([
  'launcher',
  'shards',
  'slurm',
  'shard',
  'merge',
  'workers',
  'json',
]);

/** This very command for the tasks of a job. */
function taskCommand(
  word: string | null,
  { config, given }: Resolved<'prepare'>,
  workers: number,
): string[] {
  const flags = Object.entries(config)
    .filter(([name, value]) => value !== null && given.has(name) && !LAUNCHER_KEYS.has(name))
    .map(([name, value]) => `--${name}=${String(value)}`);
  return [
    process.execPath,
    path.join(__dirname, 'index.js'),
    'prepare',
    ...(word === null ? [] : [word]),
    ...flags,
    `--workers=${workers}`,
  ];
}

async function prepareOnCluster(
  word: string | null,
  resolved: Resolved<'prepare'>,
): Promise<number> {
  const { config } = resolved;
  const slurm = readSlurmFile(config.slurm);
  const source = await openSource(word, config);
  const stopping = new AbortController();
  const interrupts = watchInterrupts((signal) => {
    process.stderr.write(
      `${signal}: the cluster goes on; the same command follows it again, scancel stops it\n`,
    );
    stopping.abort();
  });
  const { prepareOnSlurm } = await import('../data/prepare/prepare-on-slurm');
  const outcome = await prepareOnSlurm(source, toSettings(word, config), {
    shards: config.shards ?? 1,
    slurm,
    command: taskCommand(word, resolved, config.workers ?? slurm.cpus),
    stop: stopping.signal,
    say: (line) => void process.stderr.write(`${line}\n`),
  }).finally(() => interrupts.stop());
  if (outcome !== null) printOutcome(config, outcome);
  const signal = interrupts.signal();
  return outcome === null && signal !== null ? SIGNAL_EXIT_CODE[signal] : 0;
}

/** A task of Slurm whose time is nearly over goes back into the queue: what it has examined is in its journal. */
function requeueInTime(): void {
  const task = slurmTask();
  if (task === null) return;
  process.once(OUT_OF_TIME, () => {
    process.stderr.write(`the time of task ${task} is nearly over: it goes back into the queue\n`);
    requeueTask(task);
    process.exit(0);
  });
}

/** Makes a data set. */
export async function runPrepare(
  resolved: Resolved<'prepare'>,
  word: string | null,
): Promise<number> {
  const { config } = resolved;
  checkSourceFlags(word, resolved);
  checkClusterFlags(word, config);
  if (config.launcher === 'slurm') return prepareOnCluster(word, resolved);
  const settings = toSettings(word, config);
  const source = await openSource(word, config);
  if (!settings.isAligned) await ensureEngine(config.device);
  if (settings.shard !== null || settings.isMerge) requeueInTime();
  const examining = startCounter('examining', 'images');
  const interrupts = watchInterrupts((signal) => {
    examining.stop();
    process.stderr.write(`${signal}: stopped; the same command goes on from here\n`);
    // finished pictures are in the journal; workers end with the connection
    process.exit(SIGNAL_EXIT_CODE[signal]);
  });
  const outcome = await prepareDataset(source, settings, examining.onProgress).finally(() => {
    examining.stop();
    interrupts.stop();
  });
  printOutcome(config, outcome);
  return 0;
}
