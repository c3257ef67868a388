/** @file Pictures moved to where the network is most mistaken: what adversarial training learns from. */

import { tf } from '../engine/tf';
import { recordPass } from '../engine/recorded-pass';
import { withoutGradients } from '../engine/kernels/unneeded-gradients';

/**
 * Moves each picture by `radius` straight up its own gradient of the loss (Goodfellow et al., Explaining and Harnessing Adversarial
 * Examples, 2015, with the Euclidean norm in the place of the largest change). A network that learns from these (Madry et al., 2018)
 * changes its mind only for what a person sees, too; that is what a generator has to change then (Santurkar et al., Image Synthesis
 * with a Single (Robust) Classifier, 2019).
 * @param pictures [B,H,W,3] in levels of 0..255, whatever is subtracted; they stay the caller's
 * @param radius in levels, above 0: the root of the summed squares of a picture's changes, over all pixels and colours
 * @param loss a mean over the pictures
 * @returns [B,H,W,3], not cut to the range of pictures; the caller's
 */
export function worstPictures(
  pictures: tf.Tensor4D,
  radius: number,
  loss: (pictures: tf.Tensor4D) => tf.Scalar,
): tf.Tensor4D {
  return tf.tidy(() => {
    const moved = tf.clone(pictures);
    const pass = recordPass(() => loss(moved));
    const [uphill] = withoutGradients({ filters: true }, () => pass.backward([moved]));
    if (!uphill) throw new Error('worstPictures: expected a loss of the pictures, got another');
    const length = tf.sqrt(tf.sum(tf.square(uphill), [1, 2, 3], true));
    // a picture without a gradient stays
    const direction = tf.divNoNan(uphill, length);
    return tf.add(pictures, tf.mul(direction, radius)) as tf.Tensor4D;
  });
}
