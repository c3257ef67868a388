/** @file Shows a face at an age group. */

import type { Tensor } from '@tensorflow/tfjs';
import { fromUnitRange, subtractMean } from '../../src/images/pixels';
import type { RgbImage } from '../../src/images/pixels';
import { resizeOpenCv } from '../../src/images/resize';
import type { Networks } from './networks';

/** A face at one age group. */
export interface AgedFace {
  /** S × S. */
  readonly image: RgbImage;
  /** [S,S], how much the generator changed a pixel, 0 to 1; null for one without a mask. */
  readonly mask: Float32Array | null;
}

/** The face as the generator sees it, S × S. @param crop an upright face */
export const inputOf = ({ manifest }: Networks, crop: RgbImage): RgbImage => {
  const size = manifest.image_size;
  return { data: resizeOpenCv(crop, size), width: size, height: size };
};

/** A face at a group. @param input of {@link inputOf} @throws Error where the graphics card was lost */
export async function ageFace(
  { faceApi: { tf }, generator, manifest, backend }: Networks,
  input: RgbImage,
  group: number,
): Promise<AgedFace> {
  const size = manifest.image_size;
  const outputs = tf.tidy(() => {
    const source = tf.tensor4d(subtractMean(input.data), [1, size, size, 3]);
    const label = tf.oneHot([group], manifest.age_groups.length).toFloat();
    // tensors of layers and of the rest are the same, and have types of their own
    const inputs: unknown = [source, label];
    return [generator.predict(inputs as Tensor[])].flat();
  });
  try {
    const [fake, mask] = await Promise.all(outputs.map((output) => output.data()));
    if (backend.health.hasFailed())
      throw new Error(`${backend.name}: expected a face, got nothing`);
    const image = { data: fromUnitRange(fake ?? []), width: size, height: size };
    return { image, mask: mask ? Float32Array.from(mask) : null };
  } finally {
    tf.dispose(outputs);
  }
}

/** Shows the generator an empty picture, as warmUpFinder does the networks that find faces. */
export async function warmUpGenerator(networks: Networks): Promise<void> {
  const size = networks.manifest.image_size;
  const blank = { data: new Uint8Array(size * size * 3), width: size, height: size };
  await ageFace(networks, blank, 0);
}
