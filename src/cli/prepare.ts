/** @file `ipcgan prepare`. */

import path from 'node:path';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { areCrops } from '../config/verbs/prepare';
import { readSlurmFile } from '../config/slurm-settings';
import { prepareDataset } from '../data/prepare/prepare-dataset';
import { toPrepareSettings } from '../data/prepare/prepare-faces';
import { cacdSource } from '../data/sources/cacd';
import { fgNetSource } from '../data/sources/fgnet';
import { folderSource } from '../data/sources/folder';
import { manifestSource } from '../data/sources/manifest-file';
import type { FaceSource } from '../data/sources/source';
import { syntheticSource } from '../data/sources/synthetic/synthetic';
import { utkFaceSource } from '../data/sources/utkface';
import { ensureEngine } from '../engine/install/ensure';
import { UserError } from '../errors';
import { watchInterrupts } from '../runs/interrupt';
import { startCounter } from './counter';
import { exitCodeAfter } from './exit-code';
import { printOutcome } from './prepare-outcome';
import { say } from './print-result';
import { requeueInTime, taskCommand } from './task';

async function openSource(word: string | null, config: VerbConfig<'prepare'>): Promise<FaceSource> {
  const { images, out, people, seed, meta, manifest } = config;
  if (word === 'synthetic') {
    const drawing = startCounter('drawing', 'images');
    return syntheticSource(
      images ?? path.join(out, 'images'),
      { people, seed },
      drawing.onProgress,
    ).finally(drawing.stop);
  }
  if (images === null)
    throw new UserError(
      '--images: expected a folder of pictures, got nothing. Give one, or use `ipcgan prepare synthetic`.',
    );
  if (word === 'cacd') return cacdSource(images, meta);
  if (word === 'utkface') return utkFaceSource(images);
  if (word === 'fgnet') return fgNetSource(images);
  return manifest === null
    ? folderSource(images)
    : manifestSource(images, manifest, config.age_bounds);
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
    say(`${signal}: the cluster goes on; the same command follows it again, scancel stops it`);
    stopping.abort();
  });
  const { prepareOnSlurm } = await import('../data/prepare/prepare-on-slurm');
  const outcome = await prepareOnSlurm(source, toPrepareSettings(config, areCrops(word, config)), {
    shards: config.shards ?? 1,
    slurm,
    command: [
      ...taskCommand('prepare', word === null ? [] : [word], resolved),
      ...(areCrops(word, config) ? [] : [`--workers=${config.workers ?? slurm.cpus}`]),
    ],
    stop: stopping.signal,
    say,
  }).finally(() => interrupts.stop());
  if (outcome === null) return exitCodeAfter(interrupts.signal());
  printOutcome(config, outcome);
  return 0;
}

/** Makes a data set. */
export async function runPrepare(
  resolved: Resolved<'prepare'>,
  word: string | null,
): Promise<number> {
  const { config } = resolved;
  if (config.launcher === 'slurm') return prepareOnCluster(word, resolved);
  const settings = toPrepareSettings(config, areCrops(word, config));
  const source = await openSource(word, config);
  if (!settings.isAligned) await ensureEngine(config.device);
  if (settings.shard !== null || settings.isMerge) requeueInTime();
  const examining = startCounter('examining', 'images');
  const interrupts = watchInterrupts((signal) => {
    examining.stop();
    say(`${signal}: stopped; the same command goes on from here`);
    // finished pictures are in the journal; workers end with the connection
    process.exit(exitCodeAfter(signal));
  });
  const outcome = await prepareDataset(source, settings, examining.onProgress).finally(() => {
    examining.stop();
    interrupts.stop();
  });
  printOutcome(config, outcome);
  return 0;
}
