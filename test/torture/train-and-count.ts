/**
 * @file `train-and-count.ts FLAGS`: trains as `ipcgan train` does, with its loader, logs, samples and checkpoints, and prints a line of JSON:
 * tensors that live and bytes that the process holds, at each logged step.
 */

import { resolveConfig } from '../../src/config/load';
import { openEngine } from '../../src/engine/open-engine';
import { tf } from '../../src/engine/tf';
import { trainOpen } from '../../src/train/loop';
import { openTraining } from '../../src/train/open-training';
import { openTrainingData, withDataset } from '../../src/train/training-data';

/** What was counted. */
export interface Counts {
  readonly tensors: readonly number[];
  readonly bytes: readonly number[];
}

async function main(): Promise<void> {
  const flags = process.argv.slice(2).map((word) => {
    const [name = '', value = 'true'] = word.replace(/^--/, '').split('=');
    return [name, value === 'true' ? true : value] as const;
  });
  const config = await withDataset(resolveConfig('train', Object.fromEntries(flags)).config);
  const data = await openTrainingData(config);
  await openEngine(config);
  const run = await openTraining(config, data);
  const tensors: number[] = [];
  const bytes: number[] = [];
  const { add } = run.logger;
  run.logger = {
    ...run.logger,
    add: (record) => {
      tensors.push(tf.memory().numTensors);
      bytes.push(process.memoryUsage.rss());
      add(record);
    },
  };
  await trainOpen(run);
  const counts: Counts = { tensors, bytes };
  process.stdout.write(`${JSON.stringify(counts)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
  process.exitCode = 1;
});
