/** @file Makes this process a worker of several that compute one step, through a library of ours that stands before TensorFlow (collective.cc). */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { MachineError } from '../../errors';
import { collectiveFile, functionsFile } from '../install/native-code';
import { linkedEngine } from '../install/paths';

/** How a process joins the others; set before TensorFlow is loaded. */
export interface CollectiveSettings {
  /** A serialized ServerDef: who the workers are, and which one this process is. */
  readonly serverDef: Buffer;
  /** The port that this worker listens on. */
  readonly port: number;
  /** IPv4 addresses that may speak to it. */
  readonly senders: readonly string[];
}

/** What the library gives. */
export interface NativeCollective {
  /** @returns what is wrong, or nothing */
  enable(serverDef: Buffer, next: string, port: number, senders: readonly string[]): string;
  /** Why collective ops are not on, or nothing. */
  state(): string;
  /** Asks a peer whether it is there; @returns what is wrong, or nothing */
  check(peer: string, milliseconds: number): string;
  /** Says whether an exchange is being waited for. */
  busy(isBusy: boolean): void;
  /** Ends every exchange when a peer does not answer `tries` questions of `patience`, or when one lasts longer than `longest`; milliseconds. */
  watch(
    peers: readonly string[],
    interval: number,
    patience: number,
    tries: number,
    longest: number,
  ): void;
  unwatch(): void;
}

/**
 * Loads the library and tells it what to do when TensorFlow is loaded, which must come after it.
 * @throws MachineError where it is not compiled or does not load
 */
export function loadCollective({ serverDef, port, senders }: CollectiveSettings): NativeCollective {
  const engine = linkedEngine();
  const file = engine === null ? null : collectiveFile(engine);
  if (engine === null || file === null || !existsSync(file))
    throw new MachineError(
      "workers: expected the engine's native code for several workers, got none. Run `ipcgan engine install` with g++ there.",
    );
  const native = { exports: {} as NativeCollective };
  try {
    process.dlopen(native, file, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MachineError(
      `workers: expected ${file} to load, got: ${reason}. Remove it, and run \`ipcgan engine install\` on this machine.`,
      { cause },
    );
  }
  const functions = functionsFile(engine);
  const next = existsSync(functions) ? functions : '';
  const wrong = native.exports.enable(serverDef, next, port, senders);
  if (wrong !== '') throw new MachineError(`workers: ${wrong}. Name every worker by IPv4.`);
  return native.exports;
}
