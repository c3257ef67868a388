/** @file `ipcgan engine install`. */

import type { Resolved } from '../config/load';
import { installEngine } from '../engine/install/install';
import { engineDirectory, buildFor } from '../engine/install/paths';

/** Installs the engine. */
export async function runEngine({ config }: Resolved<'engine'>): Promise<number> {
  await installEngine(config.device);
  process.stdout.write(`engine ready: ${engineDirectory(buildFor(config.device))}\n`);
  return 0;
}
