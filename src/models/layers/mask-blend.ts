/** @file Paints over the source where the mask says so, and leaves the rest as it is. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { toUnitRange } from './unit-range';

/** The class of {@link maskBlend}. */
export const maskBlendClass = layerClass<{ readonly name?: string }>(
  () =>
    class MaskBlend extends tf.layers.Layer {
      static className = 'IpcganMaskBlend';

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        const [x] = inputShape as tf.Shape[];
        return [...(x ?? []).slice(0, 3), 3];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const [x, mask, source] = inputs as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
          const [batch, height, width] = x.shape;
          const colour = tf.tanh(tf.slice(x, [0, 0, 0, 0], [batch, height, width, 3]));
          const unchanged = toUnitRange(source);
          return tf.add(unchanged, tf.mul(mask, tf.sub(colour, unchanged)));
        });
      }
    },
);

/**
 * [B,H,W,4], whose first three channels are colours before their tanh, a mask [B,H,W,1] and the source [B,H,W,3] (RGB 0..255 minus the
 * mean) → mask · tanh(colour) + (1 − mask) · source, [B,H,W,3] in [-1, 1].
 */
export const maskBlend = (config: { readonly name?: string }): tf.layers.Layer =>
  new (maskBlendClass())(config);
