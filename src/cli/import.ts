/** @file `ipcgan import`. */

import type { Resolved } from '../config/load';
import { ensureEngine } from '../engine/install/ensure';

/** Turns a TensorFlow 1 checkpoint, or Caffe's arrays of AlexNet, into layers models. */
export async function runImport({ config }: Resolved<'import'>): Promise<number> {
  await ensureEngine(config.device);
  const { importCheckpoint } = await import('../train/import-checkpoint');
  const { written, unused } = await importCheckpoint(config.from, config.to, { channelOrder: config.channel_order, meanRgb: config.mean });
  for (const name of unused) process.stderr.write(`not imported: ${name}\n`);
  process.stdout.write(`${config.to}: ${written.join(', ')}${unused.length > 0 ? `; ${unused.length} variables not imported` : ''}\n`);
  return 0;
}
