/** @file Makes this checkout's package use an engine, so that a plain `require('@tensorflow/tfjs-node-gpu')` works too. */

import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { MachineError } from '../../errors';
import { ADDON_FILE, addonLink } from './paths';

/** Points the package's addon at the engine's, in one move. @throws MachineError when the package's folder cannot be written */
export function linkEngine(engine: string, link: string = addonLink()): void {
  const temporary = `${link}.${process.pid}.tmp`;
  try {
    mkdirSync(path.dirname(link), { recursive: true });
    rmSync(temporary, { force: true });
    symlinkSync(path.join(engine, ADDON_FILE), temporary);
    renameSync(temporary, link);
  } catch (cause) {
    throw new MachineError(
      `${link}: expected to link the engine there, got ${cause instanceof Error ? cause.message : String(cause)}. Make node_modules writable.`,
      { cause },
    );
  }
}
