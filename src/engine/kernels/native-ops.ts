/** @file Loads our own TensorFlow ops (src/engine/native) into the engine. */

import { existsSync } from 'node:fs';
import { nativeOpsFile, warnOfNativeCode } from '../install/native-code';
import { linkedEngine } from '../install/paths';

/** What the module gives. */
interface NativeExports {
  /** The handlers that are installed now run on a stack of their own. */
  readonly moveSignalHandlers: () => void;
}

/** Handlers of now and of later: Node installs one before it tells of its first listener. */
function keepSignalsOffStack(move: () => void): void {
  move();
  process.on('newListener', (event) => {
    if (typeof event === 'string' && event.startsWith('SIG')) move();
  });
}

/**
 * Registers them with the TensorFlow that is loaded; safe to call again.
 * @returns whether they are there: an engine that tfjs-node fetched itself has none, `IPCGAN_NATIVE_OPS=0` leaves them out, and where the
 * file does not load a line says why; kernels that need them then stay what they are
 */
export function loadNativeOps(): boolean {
  if (process.env.IPCGAN_NATIVE_OPS === '0') return false;
  const engine = linkedEngine();
  const file = engine === null ? null : nativeOpsFile(engine);
  if (file === null || !existsSync(file)) return false;
  // what require() does for a file that ends in .node, without resolving it
  const native = { exports: {} as NativeExports };
  try {
    process.dlopen(native, file);
  } catch (error) {
    warnOfNativeCode(error);
    return false;
  }
  keepSignalsOffStack(native.exports.moveSignalHandlers);
  return true;
}
