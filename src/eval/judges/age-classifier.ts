/** @file A judge of age groups: an age classifier of ours that was not in the loss. */

import { tf } from '../../engine/tf';
import { ALEXNET_SIZE } from '../../images/pixel-range';
import type { Judge } from './judge';
import { subtractMean } from '../../images/pixels';
import { resizeBilinearLegacy } from '../../images/resize';

/**
 * @param classifier [B,227,227,3], RGB 0..255 minus the mean → logits of age groups
 * @param version tells its weights from others
 */
export function ageClassifierJudge(classifier: tf.LayersModel, version: string): Judge {
  return {
    name: 'age_judge',
    version,
    note: 'an age classifier given by --age_judge; it sees the whole picture, and knows groups only',
    identity: null,
    age: 'group',
    dispose: () => void classifier.dispose(),
    judge: async (faces) => {
      const guesses = tf.tidy(() => {
        const pictures = faces.map(({ image }) =>
          tf.tensor3d(subtractMean(resizeBilinearLegacy(image, ALEXNET_SIZE)), [
            ALEXNET_SIZE,
            ALEXNET_SIZE,
            3,
          ]),
        );
        return tf.argMax(classifier.predictOnBatch(tf.stack(pictures)) as tf.Tensor2D, 1);
      });
      const groups = await guesses.data();
      guesses.dispose();
      return faces.map((_, i) => ({ embedding: null, age: null, group: groups[i] ?? null }));
    },
  };
}
