/** @file What every verb that computes calls first. */

import { checkDevice, installEngine, isInstalled } from './install';
import { checkProcessor } from './processor';
import type { Device } from './versions';

/**
 * Makes sure that the engine for a device is there; a matter of milliseconds when it is. Loads no TensorFlow.
 * @throws MachineError when it cannot be had, the processor cannot run it, or when `cuda` is asked for where there is no GPU
 */
export async function ensureEngine(device: Device): Promise<void> {
  checkProcessor();
  checkDevice(device);
  if (!isInstalled(device)) await installEngine(device);
}
