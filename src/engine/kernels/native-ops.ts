/** @file Loads our own TensorFlow ops (src/engine/native) into the engine. */

import { existsSync } from 'node:fs';
import { nativeOpsFile } from '../install/native-ops';
import { linkedEngine } from '../install/paths';

/**
 * Registers them with the TensorFlow that is loaded; safe to call again.
 * @returns whether they are there: an engine that tfjs-node fetched itself has none, and kernels that need them are left as they are
 */
export function loadNativeOps(): boolean {
  const engine = linkedEngine();
  const file = engine === null ? null : nativeOpsFile(engine);
  if (file === null || !existsSync(file)) return false;
  // what require() does for a file that ends in .node, without resolving it
  process.dlopen({ exports: {} }, file);
  return true;
}
