/** @file Changes light and colourfulness of the source where the mask says so, and leaves the rest as it is. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { toUnitRange } from './unit-range';

/** Shares of red, green and blue in what the eye takes for light (ITU-R BT.601). */
export const LUMA = [0.299, 0.587, 0.114];

/** The class of {@link shadeBlend}. */
export const shadeBlendClass = layerClass<{ readonly name?: string }>(
  () =>
    class ShadeBlend extends tf.layers.Layer {
      static className = 'IpcganShadeBlend';

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        const [x] = inputShape as tf.Shape[];
        return [...(x ?? []).slice(0, 3), 3];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const [x, mask, source] = inputs as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
          const [batch, height, width] = x.shape;
          const channel = (index: number): tf.Tensor4D =>
            tf.slice(x, [0, 0, 0, index], [batch, height, width, 1]);
          const unchanged = toUnitRange(source);
          const grey = tf.sum(tf.mul(unchanged, tf.tensor1d(LUMA)), 3, true); // [B,H,W,1]
          const colours = tf.mul(tf.tanh(channel(1)), tf.sub(unchanged, grey));
          const change = tf.mul(mask, tf.add(tf.tanh(channel(0)), colours));
          return tf.clipByValue(tf.add(unchanged, change), -1, 1);
        });
      }
    },
);

/**
 * [B,H,W,3], whose first two channels are light and colourfulness before their tanh, a mask [B,H,W,1] and the source [B,H,W,3] (RGB 0..255
 * minus the mean) → source + mask · (tanh(light) + tanh(colourfulness) · (source − its grey)), [B,H,W,3] within [-1, 1].
 */
export const shadeBlend = (config: { readonly name?: string }): tf.layers.Layer =>
  new (shadeBlendClass())(config);
