/** @file Where a pretrained network lies, without opening it: so that a wrong path is said before the engine loads. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { foreignFormat, foreignFormatIn } from './foreign-format';
import { isTf1Bundle } from './tf1-bundle';

/** Of a network in tfjs' own format. */
export const MODEL_FILE = 'model.json';

/** Directory of the network that a pretrain run gives to other verbs, in the run's. */
export const GIVEN = 'model';

/** Directories of a checkpoint: the generator as it is trained, and the moving average of it, where the run has one. */
export const GENERATOR = 'generator';
export const GENERATOR_AVERAGE = 'generator_average';

/** What {@link findNetwork} found. */
export type FoundNetwork =
  { readonly format: 'tf1' } | { readonly format: 'tfjs'; readonly directories: readonly string[] };

/** Whether a directory holds a network in tfjs' own format. */
export const isSavedModel = (directory: string): boolean =>
  existsSync(path.join(directory, MODEL_FILE));

/** Whether anything is there: a directory, or the prefix of a TensorFlow 1 checkpoint. */
export const isNetworkThere = (location: string): boolean =>
  existsSync(location) || isTf1Bundle(location);

/**
 * Networks in a directory: the one that a pretrain run gives to others, or those of a checkpoint, without the average of its generator,
 * which has the generator's names. Dot-names are being written, or leftovers.
 */
function networksIn(directory: string): string[] {
  if (isSavedModel(directory)) return [directory];
  const given = path.join(directory, GIVEN);
  if (isSavedModel(given)) return [given];
  return readdirSync(directory, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== GENERATOR_AVERAGE,
    )
    .map((entry) => path.join(directory, entry.name))
    .filter(isSavedModel);
}

/** What is at a place where no network is, and what to do. */
function notANetwork(location: string): string {
  if (!existsSync(location))
    return `${location}, which does not exist. Train one with \`ipcgan pretrain\`.`;
  if (statSync(location).isDirectory()) {
    const inside = foreignFormatIn(location);
    return inside === null
      ? `${location}, which holds neither. Train one with \`ipcgan pretrain\`.`
      : `${location}, which holds ${inside.file}, ${inside.name}. ${inside.advice}`;
  }
  if (location.endsWith('.npz'))
    return `${location}. Make one of it: \`ipcgan import --from ${location} --to checkpoints/alexnet\`.`;
  const foreign = foreignFormat(location);
  if (foreign !== null) return `${location}, ${foreign.name}. ${foreign.advice}`;
  return `${location}, a file. Give the directory of the run or the checkpoint.`;
}

/**
 * Finds a pretrained network.
 * @param location our saved network, a run or a checkpoint holding some, a TensorFlow 1 prefix or a directory of one
 * @param flag what to name in errors, e.g. `--alexnet_pretrained_model`
 * @throws UserError where there is none
 */
export function findNetwork(location: string, flag: string): FoundNetwork {
  if (isTf1Bundle(location)) return { format: 'tf1' };
  const directories =
    existsSync(location) && statSync(location).isDirectory() ? networksIn(location) : [];
  if (directories.length === 0)
    throw new UserError(
      `${flag}: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got ${notANetwork(location)}`,
    );
  return { format: 'tfjs', directories };
}
