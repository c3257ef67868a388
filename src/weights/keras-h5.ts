/** @file Reads weights that Keras wrote to HDF5: of `save_weights`, of a whole model, and of Keras 3. */

import { stat } from 'node:fs/promises';
import { UserError } from '../errors';
import type { WeightSource } from '../models/named-weights';
import { foreignFormat } from './foreign-format';
import { isHdf5, readHdf5 } from '../files/hdf5';
import type { Hdf5Content } from '../files/hdf5';

/** Weights of one layer by their own names, `kernel` and `bias`. */
export interface KerasWeight {
  /** In the file, for messages. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Null where they were not asked for. */
  readonly values: Float32Array | null;
}

/** What Keras calls the weights of dense and convolutional layers, by their place in the newer layout. */
const WEIGHT_NAMES = ['kernel', 'bias'] as const;

/** @throws UserError where a file is not there, or is no HDF5 by its first bytes */
export async function checkSignature(file: string, flag: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new UserError(
      `${flag}: expected a file of weights (.h5), got ${file} (${(cause as Error).message}). Check the path.`,
      { cause },
    );
  });
  if (!found.isFile())
    throw new UserError(
      `${flag}: expected a file of weights (.h5), got ${file}, which is no file. Give the .h5 itself.`,
    );
  if (await isHdf5(file)) return;
  // what it is, without what else could be made of it
  const foreign = foreignFormat(file)?.name;
  throw new UserError(
    `${flag}: expected an HDF5 file, got ${file}, which is ${foreign ?? 'none'}. Give the .h5 that Keras's save_weights writes.`,
  );
}

/** Layers in the order in which the file's numbering made them, by Keras's class: `conv2d`, `conv2d_1`, … */
export type LayerClasses = Readonly<Record<string, string>>;

/** The older layout: attributes name layers and weights; a whole model has them one group down. */
function byLayerNames({ groups, arrays }: Hdf5Content): Map<string, KerasWeight> | null {
  const root = groups.find(({ layerNames }) => layerNames !== null);
  if (!root) return null;
  const named = new Map<string, KerasWeight>();
  for (const layer of root.layerNames ?? []) {
    const place = root.path === '' ? layer : `${root.path}/${layer}`;
    for (const weight of groups.find((group) => group.path === place)?.weightNames ?? []) {
      const found = arrays.find((array) => array.path === `${place}/${weight}`);
      const own = weight.slice(weight.lastIndexOf('/') + 1).replace(/:\d+$/, '');
      if (found) named.set(`${layer}/${own}`, found);
    }
  }
  return named;
}

/** Keras 3's: `layers/conv2d_1/vars/0`; layers have the numbered names of their classes. */
function byClasses({ arrays }: Hdf5Content, classes: LayerClasses): Map<string, KerasWeight> {
  const named = new Map<string, KerasWeight>();
  for (const [layer, own] of Object.entries(classes)) {
    for (const [i, weight] of WEIGHT_NAMES.entries()) {
      const found = arrays.find((array) => array.path.endsWith(`layers/${own}/vars/${i}`));
      if (found) named.set(`${layer}/${weight}`, found);
    }
  }
  return named;
}

/**
 * Reads a file of weights.
 * @param classes what Keras 3 calls each layer
 * @param skipped layers whose values are not wanted, by either name
 * @returns by `LAYER/kernel` and `LAYER/bias`
 * @throws UserError when it is no HDF5 file, or cut off
 */
export async function readKerasWeights(
  file: string,
  flag: string,
  classes: LayerClasses,
  skipped: readonly string[],
): Promise<Map<string, KerasWeight>> {
  await checkSignature(file, flag);
  const parts = skipped.flatMap((layer) => [`/${layer}/`, `/${classes[layer] ?? layer}/`]);
  const content = await readHdf5(file, parts).catch((cause: unknown) => {
    throw new UserError(
      `${flag}: expected a whole HDF5 file, got ${file}: ${(cause as Error).message}. Download or write it again.`,
      { cause },
    );
  });
  return byLayerNames(content) ?? byClasses(content, classes);
}

/** Keras's weights as a source for a network of ours, whose weights are called `LAYER/weights` and `LAYER/biases`. */
export function kerasSource(file: string, weights: ReadonlyMap<string, KerasWeight>): WeightSource {
  const keyOf = (name: string): string =>
    name.replace(/\/weights$/, '/kernel').replace(/\/biases$/, '/bias');
  const nameOf = (key: string): string =>
    key.replace(/\/kernel$/, '/weights').replace(/\/bias$/, '/biases');
  return {
    label: file,
    names: new Set([...weights].flatMap(([key, { values }]) => (values ? [nameOf(key)] : []))),
    read: (name) => {
      const found = weights.get(keyOf(name));
      return found?.values
        ? Promise.resolve({ shape: found.shape, values: found.values })
        : Promise.reject(new UserError(`${file}: expected weights ${keyOf(name)}, got none.`));
    },
  };
}
