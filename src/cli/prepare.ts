/** @file `ipcgan prepare`. */

import path from 'node:path';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { ageGroupNames } from '../data/age-groups';
import { prepareDataset } from '../data/prepare/prepare-dataset';
import type { PrepareOutcome } from '../data/prepare/prepare-dataset';
import { folderSource } from '../data/sources/folder';
import type { FaceSource } from '../data/sources/source';
import { syntheticSource } from '../data/sources/synthetic/synthetic';
import { UserError } from '../errors';
import { startProgress } from '../train/progress';
import type { Progress } from '../train/progress';

/** Every so many pictures a plain line, where there is no terminal. */
const LINE_EVERY = 2000;

function counter(label: string): { onProgress: (done: number, total: number) => void; stop: () => void } {
  let progress: Progress | undefined;
  return {
    onProgress: (done, total) => {
      progress ??= startProgress(label, total);
      progress.update(done);
      if (!process.stderr.isTTY && (done % LINE_EVERY === 0 || done === total)) progress.line(`${label} ${done}/${total}`);
    },
    stop: () => progress?.stop(),
  };
}

async function openSource(word: string | null, { images, out, people, seed }: VerbConfig<'prepare'>): Promise<FaceSource> {
  if (word === 'synthetic') {
    const drawing = counter('drawing');
    const source = await syntheticSource(images ?? path.join(out, 'images'), { people, seed }, drawing.onProgress);
    drawing.stop();
    return source;
  }
  if (images === null)
    throw new UserError('--images: expected a folder of aligned faces, got nothing. Give one, or use `ipcgan prepare synthetic`.');
  return folderSource(images);
}

function report(out: string, { description, isUnchanged, warnings }: PrepareOutcome): string {
  const { counts, people, age_bounds } = description;
  const groups = ageGroupNames(age_bounds).map((name, i) => `${name}: ${counts.train[i] ?? 0}+${counts.test[i] ?? 0}`);
  return [
    `${out}: ${isUnchanged ? 'already prepared with these settings; nothing to do' : `${counts.scanned} scanned = ${counts.kept} kept + ${counts.rejected} rejected`}`,
    `pictures by group (train+test): ${groups.join(', ')}`,
    ...(people.train > 0 ? [`people: ${people.train} in train, ${people.test} in test, ${people.both} in both`] : []),
    ...(counts.rejected > 0 ? [`reasons: ${path.join(out, 'rejected.csv')}`] : []),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}

/** Makes a data set. */
export async function runPrepare({ config }: Resolved<'prepare'>, word: string | null): Promise<number> {
  const source = await openSource(word, config);
  const reading = counter('reading');
  const settings = { out: config.out, seed: config.seed, testShare: config.test_share, ageBounds: config.age_bounds, pairs: config.pairs };
  const outcome = await prepareDataset(source, settings, reading.onProgress).finally(reading.stop);
  process.stdout.write(`${report(config.out, outcome)}\n`);
  return 0;
}
