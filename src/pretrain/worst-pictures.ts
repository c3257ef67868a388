/** @file Pictures moved to where the network is most mistaken: what adversarial training learns from. */

import { tf } from '../engine/tf';
import { recordPass } from '../engine/recorded-pass';
import { withoutGradients } from '../engine/kernels/unneeded-gradients';

/** How far, and how coarsely. */
export interface Reach {
  /** In levels: the root of the summed squares of a picture's changes on the grid, over all places and colours. */
  readonly radius: number;
  /** Side of the square grid on which pictures are changed, in places. */
  readonly size: number;
}

/**
 * Moves each picture by `radius` straight up its own gradient of the loss (Goodfellow et al., Explaining and Harnessing Adversarial
 * Examples, 2015, with the Euclidean norm in the place of the largest change). A network that learns from these (Madry et al., 2018)
 * changes its mind only for what a person sees, too; that is what a generator has to change then (Santurkar et al., Image Synthesis
 * with a Single (Robust) Classifier, 2019). The change is made on a grid of the generator's size and enlarged by linear interpolation, as
 * the generator's pictures are: finer changes than it can make would only make the task harder.
 * @param pictures [B,H,W,3] in levels of 0..255, whatever is subtracted; they stay the caller's
 * @param loss a mean over the pictures
 * @returns [B,H,W,3], not cut to the range of pictures; the caller's
 */
export function worstPictures(
  pictures: tf.Tensor4D,
  { radius, size }: Reach,
  loss: (pictures: tf.Tensor4D) => tf.Scalar,
): tf.Tensor4D {
  const [batch, height, width, channels] = pictures.shape;
  const enlarged = (changes: tf.Tensor4D): tf.Tensor4D =>
    tf.image.resizeBilinear(changes, [height, width]);
  return tf.tidy(() => {
    const none = tf.zeros<tf.Rank.R4>([batch, size, size, channels]);
    const pass = recordPass(() => loss(tf.add(pictures, enlarged(none))));
    const [uphill] = withoutGradients({ filters: true }, () => pass.backward([none]));
    if (!uphill) throw new Error('worstPictures: expected a loss of the pictures, got another');
    const length = tf.sqrt(tf.sum(tf.square(uphill), [1, 2, 3], true));
    // a picture without a gradient stays
    const changes = tf.mul<tf.Tensor4D>(tf.divNoNan(uphill, length), radius);
    return tf.add(pictures, enlarged(changes));
  });
}
