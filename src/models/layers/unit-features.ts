/** @file Features of a place in a picture at length 1: what is there, however strongly (as in LPIPS, Zhang et al. 2018). */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** Keeps a place without any features from dividing by zero. */
const EPSILON = 1e-6;

/** The class of {@link unitFeatures}. */
export const unitFeaturesClass = layerClass<{ readonly name?: string }>(
  () =>
    class UnitFeatures extends tf.layers.Layer {
      static className = 'IpcganUnitFeatures';

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        return inputShape as tf.Shape;
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const x = singleInput(inputs);
          const [channels = 1] = x.shape.slice(-1);
          const meanSquare = tf.div(tf.sum(tf.square(x), -1, true), channels);
          return tf.mul(x, tf.rsqrt(tf.add(meanSquare, EPSILON)));
        });
      }
    },
);

/** [B,H,W,C] → the same, each place divided by the root of the mean square of its channels. */
export const unitFeatures = (config: { readonly name?: string }): tf.layers.Layer =>
  new (unitFeaturesClass())(config);
