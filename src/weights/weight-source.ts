/** @file Opens weights wherever they lie: our checkpoints, or TensorFlow 1's. */

import { UserError } from '../errors';
import type { WeightSource } from '../models/named-weights';
import { findNetwork } from './find-network';
import { openSavedModel } from './saved-model';
import { openTf1Bundle } from './tf1-bundle';
import type { Tf1Bundle } from './tf1-bundle';

/** A TensorFlow 1 bundle as a source of weights. @param location its prefix (`…/acgan.model-9999`) or its directory */
export async function openTf1Weights(location: string): Promise<WeightSource> {
  const bundle = await openTf1Bundle(location);
  return {
    label: location,
    names: new Set(bundle.entries.keys()),
    read: async (name) => ({
      shape: bundle.entries.get(name)?.shape ?? [],
      values: Float32Array.from(await bundle.read(name)),
    }),
  };
}

/** Groups and channels of the generator in a checkpoint of TensorFlow 1; null where it has none. */
export function generatorShapeOf({
  entries,
}: Pick<Tf1Bundle, 'entries'>): { readonly ageGroups: number; readonly channels: number } | null {
  const [, , inputs, channels] = entries.get('generator/conv1/weights')?.shape ?? [];
  return inputs === undefined || channels === undefined
    ? null
    : { ageGroups: inputs - 3, channels };
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

/**
 * Opens the weights of pretrained networks.
 * @param location our saved network, a run or a checkpoint holding some, a TensorFlow 1 prefix or a directory of one
 * @param flag what to name in errors, e.g. `--alexnet_pretrained_model`
 * @throws UserError where there is none, or a damaged one
 */
export async function openWeights(location: string, flag: string): Promise<WeightSource> {
  const found = findNetwork(location, flag);
  if (found.format === 'tf1') return openTf1Weights(location);
  return joinSources(location, await Promise.all(found.directories.map(openSavedModel)));
}

/** A head of as many groups of other years would be asked for the wrong ones. @throws UserError */
export function checkAgeBounds(
  { label, ageBounds }: WeightSource,
  wanted: readonly number[],
  flag: string,
): void {
  if (ageBounds === undefined || ageBounds.join() === wanted.join()) return;
  throw new UserError(
    `${flag}: expected a classifier of age groups that end at ${wanted.join(', ')}, as the data has them, got ${ageBounds.join(', ')} in ${label}. ` +
      'Pretrain one on this data, or prepare the data with its --age_bounds.',
  );
}
