/** @file Tells models apart by what is in their files, before any of them is opened. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of, sha256OfFile } from '../../files/digest';
import { openTf1Bundle } from '../../weights/tf1-bundle';
import { findGenerator } from '../open-generator';
import type { OpenGeneratorSettings } from '../open-generator';

const DIGITS = 16;

/** Files of weights, by their paths. */
async function weightFiles(location: string, settings: OpenGeneratorSettings): Promise<string[]> {
  const found = await findGenerator(location, settings);
  const prefix = found.kind === 'tf1' ? (await openTf1Bundle(found.location)).prefix : null;
  const folder = found.kind === 'tf1' ? path.dirname(prefix ?? '') : found.folder;
  const isOfIt = (name: string): boolean =>
    prefix === null ? name.endsWith('.bin') : name.startsWith(`${path.basename(prefix)}.data-`);
  const names = (await readdir(folder)).filter(isOfIt).sort();
  return names.map((name) => path.join(folder, name));
}

/**
 * 16 digits of the SHA-256 of a generator's weights as they lie on the disk: the same wherever they are copied to, and others for another step.
 * @throws UserError where there is no generator
 */
export async function modelDigest(
  location: string,
  settings: OpenGeneratorSettings = {},
): Promise<string> {
  const digests: string[] = [];
  for (const file of await weightFiles(location, settings)) digests.push(await sha256OfFile(file));
  return sha256Of(...digests).slice(0, DIGITS);
}
