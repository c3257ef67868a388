/** @file `RUN/model`, the network that `train` takes: replaced whole, and never missing once it was there. */

import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { tf } from '../../engine/tf';
import { saveModel } from '../../import/saved-model';

/** Directory of the network that is given to other verbs, in the run's. */
export const modelDirectory = (directory: string): string => path.join(directory, 'model');

const asideDirectory = (directory: string): string => path.join(directory, '.model.old');

/** Writes the network; the old one is there until the new one is whole. */
export async function replaceModel(directory: string, model: tf.LayersModel): Promise<void> {
  const [target, aside, temporary] = [modelDirectory(directory), asideDirectory(directory), path.join(directory, '.model.tmp')];
  await rm(temporary, { recursive: true, force: true });
  await saveModel(model, temporary);
  await rm(aside, { recursive: true, force: true });
  // a process killed between the two moves leaves the old one aside
  if (existsSync(target)) await rename(target, aside);
  await rename(temporary, target);
  await rm(aside, { recursive: true, force: true });
}

/** Puts the old network back where a process was killed before the new one was in its place. */
export async function recoverModel(directory: string): Promise<void> {
  if (existsSync(asideDirectory(directory)) && !existsSync(modelDirectory(directory)))
    await rename(asideDirectory(directory), modelDirectory(directory));
}
