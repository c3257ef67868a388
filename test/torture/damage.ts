/** @file Every file of a checkpoint, a model and a data set cut off, with one bit turned over, or gone: found each time. */

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openGenerator } from '../../src/ageing/open-generator';
import { verifyDataset } from '../../src/data/verify-dataset';
import { openEngine } from '../../src/engine/open-engine';
import { tf } from '../../src/engine/tf';
import { IpcganError } from '../../src/errors';
import type { Random } from '../../src/statistics/random';
import { readCheckpointState } from '../../src/weights/checkpoint';
import { restoreArrays } from '../../src/weights/training-state';
import { run } from './command';
import { TINY } from './kills';
import type { Part } from './part';

/** A folder, and what reads all of it, or throws. */
interface Guarded {
  readonly name: string;
  readonly folder: string;
  /** Tries a file and a way. */
  readonly times: number;
  readonly read: () => Promise<unknown>;
  /** What is for people alone. */
  readonly isUnread?: (file: string) => boolean;
}

const WAYS: Readonly<Record<string, (bytes: Buffer, random: Random) => Buffer | null>> = {
  'cut off': (bytes, random) => bytes.subarray(0, random.nextInt(bytes.length)),
  'one bit': (bytes, random) => {
    const copy = Buffer.from(bytes);
    const at = random.nextInt(bytes.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.nextInt(8));
    return copy;
  },
  gone: () => null,
};

/** @returns what was done and not found */
async function damageAll({ name, folder, times, read, isUnread }: Guarded, random: Random) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => isUnread?.(path.basename(file)) !== true);
  const faults: string[] = [];
  let tries = 0;
  await read();
  for (const file of files) {
    const whole = readFileSync(file);
    for (const [way, damage] of Object.entries(WAYS)) {
      // nothing can be taken of nothing
      const least = way === 'gone' ? 1 : whole.length === 0 ? 0 : times;
      for (let i = 0; i < least; i++, tries++) {
        const bytes = damage(whole, random);
        if (bytes === null) rmSync(file);
        else writeFileSync(file, bytes);
        const found = await read().then(
          () => 'nothing was found',
          (error: unknown) =>
            error instanceof IpcganError ? null : `no error of ours: ${String(error)}`,
        );
        writeFileSync(file, whole);
        if (found !== null)
          faults.push(`${name}: ${path.relative(folder, file)}, ${way}: ${found}`);
      }
    }
  }
  await read();
  return { faults, tries, files: files.length };
}

export const damage: Part = async ({ home, data, random, times, say }) => {
  cpSync(data, path.join(home, 'data'), { recursive: true });
  await run(['train', ...TINY, '--max_steps=2', '--save_every=2', '--run=whole'], home);
  await run(['export', '--model=checkpoints/whole', '--out=model', '--to=model'], home);
  await openEngine();
  const checkpoint = path.join(home, 'checkpoints', 'whole', 'acgan.model-2');
  const moments = readFileSync(path.join(checkpoint, 'optimizers.bin')).length / 4;
  const arrays = new Map([['all', tf.variable(tf.zeros([moments]))]]);
  const dataset = path.join(home, 'data');
  const model = path.join(home, 'model');
  const guarded: readonly Guarded[] = [
    {
      name: 'checkpoint',
      folder: checkpoint,
      times,
      read: async () => {
        const { files } = await readCheckpointState(checkpoint);
        await restoreArrays(
          checkpoint,
          files,
          { arrays, arraysFile: 'optimizers.bin' },
          'Use another.',
        );
      },
    },
    {
      name: 'model',
      folder: model,
      times,
      read: async () => (await openGenerator(model)).dispose(),
      isUnread: (file) => file.endsWith('.md'),
    },
    {
      name: 'data set',
      folder: dataset,
      times: 1,
      read: () => verifyDataset(dataset, path.join(dataset, 'images')),
      isUnread: (file) => ['report.html', 'rejected.csv', '.drawn.json'].includes(file),
    },
  ];
  const all: { faults: readonly string[]; tries: number; files: number }[] = [];
  for (const one of guarded) {
    all.push(await damageAll(one, random));
    say(`${one.name}: ${all.at(-1)?.tries ?? 0} tries, ${all.at(-1)?.faults.length ?? 0} faults`);
  }
  return {
    tries: all.reduce((sum, { tries }) => sum + tries, 0),
    faults: all.flatMap(({ faults }) => faults),
    note: guarded.map(({ name }, i) => `${all[i]?.files ?? 0} files of a ${name}`).join(', '),
  };
};
