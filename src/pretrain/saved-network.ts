/** @file `RUN/model`, the network that `train` takes: replaced whole, and never missing once it was there. */

import path from 'node:path';
import type { tf } from '../engine/tf';
import { saveModel } from '../weights/saved-model';
import type { SavedMetadata } from '../weights/saved-model';
import { GIVEN } from '../weights/find-network';
import { recoverDirectory, replaceDirectory } from '../files/whole-directory';

/** Directory of the network that is given to other verbs, in the run's. */
export const modelDirectory = (directory: string): string => path.join(directory, GIVEN);

/** Writes the network; the old one is there until the new one is whole. @throws MachineError on a full disk */
export const replaceModel = (
  directory: string,
  model: tf.LayersModel,
  metadata: SavedMetadata,
): Promise<void> =>
  replaceDirectory(modelDirectory(directory), 'a network', (temporary) =>
    saveModel(model, temporary, metadata),
  );

/** Puts the old network back where a process was killed before the new one was in its place. */
export const recoverModel = (directory: string): Promise<void> =>
  recoverDirectory(modelDirectory(directory));
