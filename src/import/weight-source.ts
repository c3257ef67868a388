/** @file Opens weights wherever they lie: our checkpoints, or TensorFlow 1's. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import type { WeightSource } from '../models/named-weights';
import { isSavedModel, openSavedModel } from './saved-model';
import { isTf1Bundle, openTf1Bundle } from './tf1-bundle';

/** Directory of the network that a pretrain run gives to other verbs, in the run's. */
export const GIVEN = 'model';

/** A TensorFlow 1 bundle as a source of weights. @param location its prefix (`…/acgan.model-9999`) or its directory */
export async function openTf1Weights(location: string): Promise<WeightSource> {
  const bundle = await openTf1Bundle(location);
  return {
    label: location,
    names: new Set(bundle.entries.keys()),
    read: async (name) => ({ shape: bundle.entries.get(name)?.shape ?? [], values: Float32Array.from(await bundle.read(name)) }),
  };
}

/** Several sources as one; the first that has a name gives it. */
export function joinSources(label: string, sources: readonly WeightSource[]): WeightSource {
  return {
    label,
    ageBounds: sources.find(({ ageBounds }) => ageBounds)?.ageBounds,
    names: new Set(sources.flatMap(({ names }) => [...names])),
    read: async (name) => {
      const owner = sources.find(({ names }) => names.has(name));
      if (!owner) throw new UserError(`${label}: expected a variable ${name}, got none`);
      return owner.read(name);
    },
  };
}

/** Networks in a directory: the one that a pretrain run gives to others, or those of a checkpoint. Dot-names are being written, or leftovers. */
function networksIn(directory: string): string[] {
  const given = path.join(directory, GIVEN);
  if (isSavedModel(given)) return [given];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => path.join(directory, entry.name))
    .filter(isSavedModel);
}

/** What is at a place where no network is, and what to do. */
function notANetwork(location: string): string {
  if (!existsSync(location)) return `${location}, which does not exist. Train one with \`ipcgan pretrain\`.`;
  if (statSync(location).isDirectory()) return `${location}, which holds neither. Train one with \`ipcgan pretrain\`.`;
  if (location.endsWith('.npz')) return `${location}. Make one of it: \`ipcgan import --from ${location} --to checkpoints/alexnet\`.`;
  return `${location}, a file. Give the directory of the run or the checkpoint.`;
}

/**
 * Opens the weights of pretrained networks.
 * @param location our saved network, a run or a checkpoint holding some, a TensorFlow 1 prefix or a directory of one
 * @param flag what to name in errors, e.g. `--alexnet_pretrained_model`
 */
export async function openWeights(location: string, flag: string): Promise<WeightSource> {
  if (isTf1Bundle(location)) return openTf1Weights(location);
  if (isSavedModel(location)) return openSavedModel(location);
  const networks = existsSync(location) && statSync(location).isDirectory() ? networksIn(location) : [];
  if (networks.length === 0)
    throw new UserError(`${flag}: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got ${notANetwork(location)}`);
  return joinSources(location, await Promise.all(networks.map(openSavedModel)));
}
