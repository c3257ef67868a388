/** @file Access to the functions of TensorFlow's eager context, through a library of ours that stands before TensorFlow (functions.cc). */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { functionsFile, warnOfNativeCode } from '../install/native-code';
import { linkedEngine } from '../install/paths';
import { decodeOps } from './protos';
import type { OpDef } from './protos';

/** What the library gives; its methods say what is wrong, or nothing. */
export interface NativeFunctions {
  /** @param definition a serialized FunctionDef */
  add(definition: Buffer): string;
  remove(name: string): string;
  /** A serialized OpList of every op that is registered. */
  ops(): Buffer;
  /** Returns when the devices have done what they were asked for. */
  wait(): string;
  /** Bytes of the pool of tensors (tensor-memory.cc) that are taken, and how many ever were, holes between them included. */
  memory(): [taken: number, reach: number];
  /** Starts to note what TensorFlow does. */
  startProfile(): string;
  /** Ends it: a serialized XSpace. */
  stopProfile(): Buffer;
}

/** A process has one TensorFlow: the library that stands before it, and what was asked of it. */
const state: {
  functions: NativeFunctions | null;
  ops: ReadonlyMap<string, OpDef> | null;
  /** Functions that were named. */
  named: number;
  isProfiled: boolean;
} = { functions: null, ops: null, named: 0, isProfiled: false };

/** Loads the library, where it is compiled; to be called before TensorFlow is loaded, or it sees no context. */
export function loadNativeFunctions(): void {
  const engine = linkedEngine();
  const file = engine === null ? null : functionsFile(engine);
  if (file === null || !existsSync(file)) return;
  const native = { exports: {} as NativeFunctions };
  // for all to see: the addon takes its TFE_NewContext from here
  try {
    process.dlopen(native, file, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  } catch (error) {
    warnOfNativeCode(error);
    return;
  }
  state.functions = native.exports;
}

/** The library, or null where it is not there: an engine that tfjs-node fetched itself has none. */
export const nativeFunctions = (): NativeFunctions | null => state.functions;

/** All ops; asked for once, when ours are loaded. */
export const opDefinitions = (functions: NativeFunctions): ReadonlyMap<string, OpDef> =>
  (state.ops ??= decodeOps(functions.ops()));

/** A name that no function has had. @param label of letters, digits and underscores */
export const newFunctionName = (label: string): string => `${label}_${state.named++}`;

/** Whether a profile is being taken. */
export const isProfiled = (): boolean => state.isProfiled;

/**
 * Has TensorFlow's profiler look while `call` runs.
 * @returns a serialized XSpace; null where this TensorFlow lets nobody look
 */
export async function profiled(call: () => Promise<void>): Promise<Buffer | null> {
  const { functions } = state;
  if (functions?.startProfile() !== '') return null;
  state.isProfiled = true;
  try {
    await call();
    functions.wait();
  } catch (error) {
    functions.stopProfile();
    throw error;
  } finally {
    state.isProfiled = false;
  }
  return functions.stopProfile();
}
