/** @file `ipcgan pretrain`. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Resolved } from '../config/load';
import { readDataset } from '../data/prepare/dataset';
import { UserError } from '../errors';
import { ensureEngine } from '../engine/install/ensure';
import { SIGNAL_EXIT_CODE } from '../train/interrupt';
import { runFiles } from '../train/run-dir';

/** Trains the identity network or the age classifier. */
export async function runPretrain({ config }: Resolved<'pretrain'>): Promise<number> {
  // a wrong path is said before the engine loads
  await readDataset(config.data);
  const directory = path.join('checkpoints', config.run);
  if (existsSync(runFiles(directory).config)) throw new UserError(`${directory}: expected no run there, got one. Choose another --run.`);
  await ensureEngine(config.device);
  const { pretrain } = await import('../train/pretrain');
  const { step, classes, accuracy, heldOut, signal } = await pretrain(config, directory);
  const share = Number.isNaN(accuracy)
    ? 'no held-out pictures'
    : `${(100 * accuracy).toFixed(1)} % of ${heldOut} held-out pictures right (chance ${(100 / classes).toFixed(1)} %)`;
  process.stdout.write(`${directory}: ${config.task} network after ${step} steps, ${classes} classes, ${share}\n`);
  return signal === null ? 0 : SIGNAL_EXIT_CODE[signal];
}
