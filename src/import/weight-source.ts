/** @file Opens weights wherever they lie: our checkpoints, or TensorFlow 1's. */

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import type { WeightSource } from '../models/named-weights';
import { isSavedModel, openSavedModel } from './saved-model';
import { isTf1Bundle, openTf1Bundle } from './tf1-bundle';

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
    names: new Set(sources.flatMap(({ names }) => [...names])),
    read: async (name) => {
      const owner = sources.find(({ names }) => names.has(name));
      if (!owner) throw new UserError(`${label}: expected a variable ${name}, got none`);
      return owner.read(name);
    },
  };
}

/**
 * Opens the weights of pretrained networks.
 * @param location our saved network, a checkpoint holding some, a TensorFlow 1 prefix or a directory of one
 * @param flag what to name in errors, e.g. `--alexnet_pretrained_model`
 */
export async function openWeights(location: string, flag: string): Promise<WeightSource> {
  if (isTf1Bundle(location)) return openTf1Weights(location);
  if (isSavedModel(location)) return openSavedModel(location);
  const networks = existsSync(location)
    ? readdirSync(location, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => path.join(location, entry.name))
        .filter(isSavedModel)
    : [];
  if (networks.length === 0) {
    throw new UserError(
      `${flag}: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got ${location}${existsSync(location) ? ', which holds neither' : ', which does not exist'}. ` +
        `Train one with \`ipcgan pretrain\`.`,
    );
  }
  return joinSources(location, await Promise.all(networks.map(openSavedModel)));
}
