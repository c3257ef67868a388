/** @file The only importer of @vladmandic/face-api (MIT), whose networks find and describe faces on our engine. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type * as FaceApi from '@vladmandic/face-api/dist/face-api.node-gpu.js';
import { onceLoaded, tf } from '../engine/tf';
import type { RgbImage } from '../images/pixels';

const PACKAGE = '@vladmandic/face-api/package.json';

/** The package: it loads TensorFlow by itself, so that it is loaded after the engine was opened. @throws Error before */
export const faceApi = onceLoaded((): typeof FaceApi => {
  // a use of the engine: an error where it is not open
  tf.getBackend();
  return require('@vladmandic/face-api/dist/face-api.node-gpu.js') as typeof FaceApi;
});

/** Folder of the package: its builds in `dist`, its networks in `model`. */
export const faceApiFolder = (): string => path.dirname(require.resolve(PACKAGE));

/** Folder where the package keeps its networks. */
const faceApiWeights = (): string => path.join(faceApiFolder(), 'model');

/** The package with its version, as `@vladmandic/face-api 1.7.15`: what its networks say may change with it. */
export function faceApiVersion(): string {
  const { name, version } = JSON.parse(readFileSync(require.resolve(PACKAGE), 'utf8')) as Record<
    'name' | 'version',
    string
  >;
  return `${name} ${version}`;
}

/** Tensors as the package's networks take them: they have types of their own for the same thing. */
export const netInput = (tensors: readonly tf.Tensor3D[]): FaceApi.NetInput =>
  new (faceApi().NetInput)([...tensors]);

/** A picture's levels of red, green and blue, [H,W,3], as integers; the caller disposes. */
export const toTensor = ({ data, width, height }: RgbImage): tf.Tensor3D =>
  tf.tensor3d(data, [height, width, 3], 'int32');

/** A network of the package. */
interface PackageNetwork {
  loadFromDisk(folder: string): Promise<void>;
  dispose(): void;
}

/** Who has a network open, and its loading. */
interface Use {
  users: number;
  readonly loading: Promise<void>;
}

/** The package has one of each network for the whole process: loading one again would keep the weights of before, too. */
const uses = new Map<PackageNetwork, Use>();

/** Leaves a network, which is freed with its last user. */
function leave(network: PackageNetwork, use: Use): void {
  use.users -= 1;
  if (use.users > 0 || uses.get(network) !== use) return;
  uses.delete(network);
  network.dispose();
}

/** Loads a network, unless it is. @returns what leaves it */
async function openNetwork(network: PackageNetwork): Promise<() => void> {
  const use = uses.get(network) ?? { users: 0, loading: network.loadFromDisk(faceApiWeights()) };
  uses.set(network, use);
  // before it is loaded, so that nobody frees it in between
  use.users += 1;
  await use.loading.catch((error: unknown) => {
    // the next who asks tries again
    if (uses.get(network) === use) uses.delete(network);
    throw error;
  });
  return () => leave(network, use);
}

/**
 * Loads networks of the package, which the process shares; weights of its own choosing, no download.
 * @returns what frees those that nobody else has open; calling it again does nothing
 */
export async function openNetworks(networks: readonly PackageNetwork[]): Promise<() => void> {
  const results = await Promise.allSettled(networks.map(openNetwork));
  const leaving = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const dispose = (): void => leaving.splice(0).forEach((leaveOne) => leaveOne());
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return dispose;
  dispose();
  throw failed.reason;
}
