/** @file Trained networks that come with the package, where they do: `models/` beside package.json. */

import path from 'node:path';
import { isSavedModel } from './find-network';

const MODELS = path.join(__dirname, '../../models');

/** Folders of `models/`: a generator, and one network with both heads that the losses of training look through. */
export const SHIPPED = {
  generator: 'ipcgan-utkface-128',
  perceptual: 'perceptual-utkface',
} as const;

/** The folder of a network that comes with the package; null where this copy has none. @param models where they are looked for */
export function shippedModel(which: keyof typeof SHIPPED, models = MODELS): string | null {
  const folder = path.join(models, SHIPPED[which]);
  return isSavedModel(folder) ? folder : null;
}
