/** @file Sharpness and hash of pictures of any size. */

import { shrinkImage } from '../images/image';
import type { RgbImage } from '../images/pixels';
import { HASHED_SIZE, hashOfSmall, SHARPNESS_SIDE, sharpnessOfSmall } from './face-quality';

/** How sharp the face in the middle of a crop is, measured at 128 × 128; see {@link sharpnessOfSmall}. */
export async function sharpnessOf(crop: RgbImage): Promise<number> {
  return sharpnessOfSmall(
    await shrinkImage(crop, { width: SHARPNESS_SIDE, height: SHARPNESS_SIDE }),
  );
}

/** A hash of 256 bits that copies of a picture nearly share; see {@link hashOfSmall}. */
export async function perceptualHash(image: RgbImage): Promise<string> {
  return hashOfSmall(await shrinkImage(image, HASHED_SIZE));
}
