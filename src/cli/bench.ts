/** @file `ipcgan bench data`. */

import type { Resolved } from '../config/load';
import { resolveConfig } from '../config/load';
import { ensureEngine } from '../engine/install/ensure';
import { UserError } from '../errors';
import { openTrainingData, withDataset } from '../train/training-data';

/** Times the loader alone, and training steps with it. */
export async function runBench({ config }: Resolved<'bench'>, word: string | null): Promise<number> {
  if (word === null) throw new UserError("ipcgan bench: expected 'data' after the verb, got nothing. It is what can be measured so far.");
  const { data, batch_size, image_size, width, steps, device } = config;
  const flags = { data, batch_size: String(batch_size), image_size: String(image_size), width: String(width), allow_untrained: true };
  const train = await withDataset(resolveConfig('train', flags).config);
  const opened = await openTrainingData(train);
  await ensureEngine(device);
  const { benchData } = await import('../train/bench-data');
  const result = await benchData(train, opened, steps);
  process.stdout.write(
    config.json
      ? `${JSON.stringify(result)}\n`
      : `${result.images_per_second.toFixed(0)} images/s; a step of ${batch_size} takes ${result.step_seconds.toFixed(2)} s, ${(100 * result.waiting_share).toFixed(1)} % of it waiting for data\n`,
  );
  return 0;
}
