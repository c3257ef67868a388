/** @file Where the engine lies, and which one this checkout uses. */

import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { TENSORFLOW_VERSION } from './versions';
import type { Device, EngineBuild } from './versions';

/** Present in an engine's directory when everything in it is there and has been tried. */
export const COMPLETE_FILE = 'complete.json';
export const ADDON_FILE = 'tfjs_binding.node';

/** The cache of all engines: `$IPCGAN_ENGINE_DIR`, or `ipcgan/engine` in the user's cache. */
export function engineRoot(environment: NodeJS.ProcessEnv = process.env): string {
  const { IPCGAN_ENGINE_DIR: chosen, XDG_CACHE_HOME: cache } = environment;
  return path.resolve(
    chosen ?? path.join(cache ?? path.join(homedir(), '.cache'), 'ipcgan', 'engine'),
  );
}

/** Directory of one engine. */
export const engineDirectory = (build: EngineBuild): string =>
  path.join(engineRoot(), `${TENSORFLOW_VERSION}-${build}`);

/** The npm package whose JavaScript drives the library. */
export const packageRoot = (): string =>
  path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));

/** Where that package looks for its addon. */
export const addonLink = (root: string = packageRoot()): string =>
  path.join(root, 'lib', 'napi-v8', ADDON_FILE);

/** Whether an engine is whole. */
export const isComplete = (directory: string): boolean =>
  existsSync(path.join(directory, COMPLETE_FILE));

/** Whether this checkout's package uses the engine of a directory. */
export function isLinked(directory: string, link: string = addonLink()): boolean {
  try {
    return realpathSync(link) === realpathSync(path.join(directory, ADDON_FILE));
  } catch {
    return false;
  }
}

/** Whether the package has an addon that its own installer put there: the fallback where pip is missing. */
export function hasUpstreamAddon(link: string = addonLink()): boolean {
  return lstatSync(link, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The directory of the engine that this checkout's package uses, or null. */
export function linkedEngine(link: string = addonLink()): string | null {
  try {
    return path.dirname(realpathSync(link));
  } catch {
    return null;
  }
}

/** Whether a driver for an NVIDIA GPU is loaded. */
export function hasNvidiaDriver(): boolean {
  return (
    existsSync('/proc/driver/nvidia/version') ||
    existsSync('/dev/nvidia0') ||
    existsSync('/dev/dxg')
  );
}

/** Whether the driver's library is where LD_LIBRARY_PATH leads: some machines have it in a folder of its own, and show no more of the driver. */
export const hasDriverLibrary = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  (environment.LD_LIBRARY_PATH ?? '')
    .split(':')
    .some((folder) => folder !== '' && existsSync(path.join(folder, 'libcuda.so.1')));

/** The build for a device: `auto` is CUDA where a driver is loaded. */
export function buildFor(device: Device): EngineBuild {
  if (device !== 'auto') return device;
  return hasNvidiaDriver() ? 'cuda' : 'cpu';
}

/** The content of {@link COMPLETE_FILE}. */
export interface CompleteEngine {
  readonly tensorflow: string;
  readonly build: EngineBuild;
  /** ISO date. */
  readonly installed: string;
}

/** What an engine says of itself, or null. */
export function readComplete(directory: string): CompleteEngine | null {
  try {
    return JSON.parse(readFileSync(path.join(directory, COMPLETE_FILE), 'utf8')) as CompleteEngine;
  } catch {
    return null;
  }
}
