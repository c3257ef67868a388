/** @file Shows a face at an age group, and puts it back into its photograph. */

import type { Tensor } from '@tensorflow/tfjs';
import { blendChange, blendRegion, pasteRegion } from '../../src/faces/blend';
import type { UprightFace } from '../../src/faces/upright';
import { fromUnitRange, subtractMean } from '../../src/images/pixels';
import type { RgbImage } from '../../src/images/pixels';
import { resizeOpenCv } from '../../src/images/resize';
import type { Networks } from './networks';
import { warp } from './pictures';

/** A face at one age group. */
export interface AgedFace {
  /** S × S. */
  readonly image: RgbImage;
  /** S × S, white where the generator changed the face; null for one without a mask. */
  readonly mask: RgbImage | null;
}

/** The face as the generator sees it, S × S. */
export const inputOf = ({ manifest }: Networks, { crop }: UprightFace): RgbImage => {
  const size = manifest.image_size;
  return { data: resizeOpenCv(crop, size), width: size, height: size };
};

/** A face at a group. @param input of {@link inputOf} */
export async function ageFace(
  { faceApi: { tf }, generator, manifest }: Networks,
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
    const grey =
      mask &&
      Float32Array.from(
        { length: 3 * mask.length },
        (_, i) => 2 * (mask[Math.floor(i / 3)] ?? 0) - 1,
      );
    const picture = (values: ArrayLike<number>): RgbImage => ({
      data: fromUnitRange(values),
      width: size,
      height: size,
    });
    return { image: picture(fake ?? []), mask: grey ? picture(grey) : null };
  } finally {
    tf.dispose(outputs);
  }
}

/**
 * The photograph with an aged face in it, as src/faces/paste-face.ts draws it: of a generator with a mask what it changed, of others the whole
 * face. The photograph is left as it is.
 * @param input of {@link inputOf}
 */
export function pasteFace(
  photograph: RgbImage,
  input: RgbImage,
  { image, mask }: AgedFace,
  { transform }: UprightFace,
): RgbImage {
  const region = pasteRegion(photograph, image.width, transform);
  if (region === null) return photograph;
  const draw = (face: RgbImage): RgbImage =>
    warp(face, region.toRegion, region.width, region.height);
  return mask
    ? blendChange(photograph, [draw(input), draw(image)], region, transform)
    : blendRegion(photograph, draw(image), region, transform);
}
